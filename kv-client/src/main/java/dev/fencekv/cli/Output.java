package dev.fencekv.cli;

import java.io.PrintStream;
import java.util.List;

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
        rows(rows, nothing, new Table());
    }

    /** As above, the first of a list that goes on in {@code table}. */
    void rows(List<Row> rows, String nothing, Table table) {
        if (form == Form.TABLE && rows.isEmpty()) {
            line(nothing);
        } else {
            more(rows, table);
        }
    }

    /** The next rows of a list that goes on; {@code table} is that of the rows before them. */
    void more(List<Row> rows, Table table) {
        switch (form) {
            case JSON -> rows.forEach(row -> out.println(row.json()));
            case RAW -> rows.forEach(row -> out.println(String.join("\t", row.cells())));
            case TABLE -> table.lines(rows).forEach(out::println);
        }
        out.flush();
    }

    /** Whether nobody reads it any more, as far as writing has shown. */
    boolean isBroken() {
        return out.checkError();
    }

    /** What a command did: {@code sentence} for people, else the row. */
    void result(Row row, String sentence) {
        if (form == Form.TABLE) {
            line(sentence);
        } else {
            rows(List.of(row), "");
        }
    }
}
