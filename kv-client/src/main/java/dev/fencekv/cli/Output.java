package dev.fencekv.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How results are shown. Owned by one run of kvcli. */
final class Output {
    /** The forms of {@code -o}. */
    enum Form {
        /** Columns for people. */
        TABLE,
        /** One JSON object per line. */
        JSON,
        /** Tab-separated cells without headings; a value as its very bytes. */
        RAW
    }

    private final PrintStream out;
    private final Form form;

    Output(PrintStream out, Form form) {
        this.out = out;
        this.form = form;
    }

    Form form() {
        return form;
    }

    /** Bytes as they are. */
    void bytes(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    void line(String line) {
        out.println(line);
        out.flush();
    }

    /** A list: {@code nothing} is said to people if it is empty. */
    void rows(List<Row> rows, String nothing) {
        switch (form) {
            case JSON -> rows.forEach(row -> out.println(row.json()));
            case RAW -> rows.forEach(row -> out.println(String.join("\t", row.cells())));
            case TABLE -> {
                if (rows.isEmpty()) {
                    out.println(nothing);
                } else {
                    table(rows);
                }
            }
        }
        out.flush();
    }

    /** What a command did: {@code sentence} for people, else the row. */
    void result(Row row, String sentence) {
        if (form == Form.TABLE) {
            line(sentence);
        } else {
            rows(List.of(row), "");
        }
    }

    private void table(List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(
                rows.get(0).names().stream()
                        .map(name -> name.toUpperCase(Locale.ROOT).replace('_', ' '))
                        .toList());
        rows.forEach(row -> lines.add(row.cells()));
        int columns = lines.get(0).size();
        int[] width = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                width[i] = Math.max(width[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                text.append(line.get(i)).append(" ".repeat(width[i] - line.get(i).length() + 2));
            }
            out.println(text.toString().stripTrailing());
        }
    }
}
