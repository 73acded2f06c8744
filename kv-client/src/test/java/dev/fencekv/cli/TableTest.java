package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
    private final Table table = new Table();

    private static Row row(String a, String b) {
        return new Row().text("first", a).text("the_second", b);
    }

    @Test
    void headingsAreShownOnceAndBeforeTheFirstRow() {
        assertThat(table.lines(List.of())).isEmpty();
        assertThat(table.lines(List.of(row("a", "b"))))
                .containsExactly("FIRST  THE SECOND", "a      b");
        assertThat(table.lines(List.of(row("c", "d")))).containsExactly("c      d");
    }

    @Test
    void columnsGrowWithTheirRowsAndStayWide() {
        table.lines(List.of(row("a", "b")));
        assertThat(table.lines(List.of(row("much longer", "b"), row("c", "d"))))
                .containsExactly("much longer  b", "c            d");
        assertThat(table.lines(List.of(row("e", "f")))).containsExactly("e            f");
    }

    @Test
    void aColumnMayBeWideFromTheBeginning() {
        Table wide = new Table(Map.of("first", 8));
        assertThat(wide.lines(List.of(row("a", "b"))))
                .containsExactly("FIRST     THE SECOND", "a         b");
    }
}
