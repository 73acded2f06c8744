package dev.fencekv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Columns for people. Rows may come one after the other: the headings are shown once, and a column
 * is as wide as all that it has held so far. Owned by one list that is shown.
 */
final class Table {
    private static final int GAP = 2;

    private final Map<String, Integer> widthsMin;

    /** By column, in characters; empty before the first row. */
    private int[] widths = {};

    Table() {
        this(Map.of());
    }

    /** {@code widthsMin}: in characters, by column, for rows that come one after the other. */
    Table(Map<String, Integer> widthsMin) {
        this.widthsMin = widthsMin;
    }

    /** The lines for the next rows, which have the same columns as those before. */
    List<String> lines(List<Row> rows) {
        return lines(rows, Ink.PLAIN);
    }

    /** As {@link #lines(List)}, the headings made to stand out. */
    List<String> lines(List<Row> rows, Ink ink) {
        List<List<String>> lines = new ArrayList<>();
        boolean headed = widths.length == 0 && !rows.isEmpty();
        if (headed) {
            List<String> names = rows.get(0).names();
            lines.add(headings(names));
            widths = names.stream().mapToInt(name -> widthsMin.getOrDefault(name, 0)).toArray();
        }
        rows.forEach(row -> lines.add(row.cells()));
        lines.forEach(this::widen);
        List<String> texts = new ArrayList<>(lines.stream().map(this::text).toList());
        if (headed) {
            texts.set(0, ink.strong(texts.get(0)));
        }
        return texts;
    }

    private static List<String> headings(List<String> names) {
        return names.stream().map(name -> name.toUpperCase(Locale.ROOT).replace('_', ' ')).toList();
    }

    private void widen(List<String> line) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], line.get(i).length());
        }
    }

    private String text(List<String> line) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = line.get(i);
            text.append(cell).append(" ".repeat(widths[i] - cell.length() + GAP));
        }
        return text.toString().stripTrailing();
    }
}
