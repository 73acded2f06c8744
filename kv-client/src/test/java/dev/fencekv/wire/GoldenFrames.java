package dev.fencekv.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Frames as version 1 wrote them, one a file: hex digits, {@code #} begins a comment. Only the
 * digits count; the comments are for people and for the document.
 */
final class GoldenFrames {
    static final Path DIRECTORY = Path.of("src/test/resources/golden/v1");

    private static final int HEX_COLUMN = 34;

    private GoldenFrames() {}

    static Path path(ProtocolTable.Item message) {
        return DIRECTORY.resolve(
                message.title().replace(' ', '-').toLowerCase(Locale.ROOT) + ".hex");
    }

    static byte[] read(ProtocolTable.Item message) {
        StringBuilder digits = new StringBuilder();
        for (String line : text(message).split("\n")) {
            digits.append(line.replaceFirst("#.*", "").replaceAll("\\s", ""));
        }
        return HexFormat.of().parseHex(digits);
    }

    /** With its comments. */
    static String text(ProtocolTable.Item message) {
        try {
            return Files.readString(path(message));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For a new message; a frame that was published is never written again. */
    static void create(ProtocolTable table, ProtocolTable.Item message, byte[] frame) {
        StringBuilder text = new StringBuilder();
        for (TableWalker.Line line : TableWalker.annotate(table, frame)) {
            append(text, line);
        }
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(path(message), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void append(StringBuilder text, TableWalker.Line line) {
        List<String> rows = line.hex().isEmpty() ? List.of() : rows(line.hex());
        for (int i = 0; i < rows.size(); i++) {
            boolean last = i == rows.size() - 1;
            text.append(rows.get(i));
            if (last) {
                text.append(" ".repeat(HEX_COLUMN - rows.get(i).length()));
                text.append("# ").append(line.saying());
            }
            text.append('\n');
        }
    }

    private static List<String> rows(String hex) {
        int width = HEX_COLUMN - 2;
        List<String> rows = new ArrayList<>();
        for (int start = 0; start < hex.length(); start += width) {
            rows.add(hex.substring(start, Math.min(hex.length(), start + width)));
        }
        return rows;
    }
}
