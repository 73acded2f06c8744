package dev.fencekv.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.wire.ProtocolTable.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/protocol.md} is written by people, its tables by {@code protocol.table}. */
class ProtocolDocumentTest {
    private static final Path DOCUMENT = Path.of("docs/protocol.md");
    private static final Pattern RENDERED =
            Pattern.compile("<!-- table: (.+?) -->\n(.*?)<!-- end -->\n", Pattern.DOTALL);

    private final ProtocolTable table = ProtocolTable.load();

    /** {@code -Dprotocol.rewrite=true} redraws. */
    @Test
    void theTablesOfTheDocumentAreThoseOfTheTable() throws IOException {
        String document = Files.readString(DOCUMENT);
        String redrawn = RENDERED.matcher(document).replaceAll(this::redraw);
        if (Boolean.getBoolean("protocol.rewrite")) {
            Files.writeString(DOCUMENT, redrawn);
            return;
        }
        assertThat(document).as("-Dprotocol.rewrite=true redraws").isEqualTo(redrawn);
    }

    @Test
    void theDocumentShowsEveryItemOfTheTableOnce() throws IOException {
        List<String> titles = new ArrayList<>();
        table.items().forEach(item -> titles.add(item.title()));
        List<String> shown = new ArrayList<>();
        RENDERED.matcher(Files.readString(DOCUMENT))
                .results()
                .forEach(match -> shown.add(match.group(1)));
        assertThat(shown).containsExactlyInAnyOrderElementsOf(titles);
    }

    private String redraw(MatchResult match) {
        Item item = table.item(match.group(1));
        return Matcher.quoteReplacement(
                "<!-- table: %s -->\n%s<!-- end -->\n"
                        .formatted(item.title(), TableText.render(item)));
    }
}
