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

    private final Streams streams;
    private final PrintStream out;
    private final Form form;

    Output(Streams streams, Form form) {
        this.streams = streams;
        this.out = streams.out();
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
        streams.whole().accept(List.of(line));
    }

    /** A list that is complete: {@code nothing} is said to people if it is empty. */
    void rows(List<Row> rows, String nothing) {
        if (form == Form.TABLE && rows.isEmpty()) {
            line(nothing);
        } else {
            streams.whole().accept(lines(rows, new Table()));
        }
    }

    /** The next rows of a list that goes on; {@code table} is that of the rows before them. */
    void more(List<Row> rows, Table table) {
        lines(rows, table).forEach(out::println);
        out.flush();
    }

    private List<String> lines(List<Row> rows, Table table) {
        return switch (form) {
            case JSON -> rows.stream().map(Row::json).toList();
            case RAW -> rows.stream().map(row -> String.join("\t", row.cells())).toList();
            case TABLE -> table.lines(rows, streams.outInk());
        };
    }

    /** One line of text that goes on. */
    void streamed(String line) {
        out.println(line);
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
