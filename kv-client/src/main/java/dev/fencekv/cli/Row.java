package dev.fencekv.cli;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One thing to show, with named columns in order: as cells for people, as JSON for programs. Owned
 * by the verb that builds it.
 */
final class Row {
    private final Map<String, String> cells = new LinkedHashMap<>();
    private final Map<String, String> json = new LinkedHashMap<>();

    Row text(String name, String text) {
        cells.put(name, text);
        json.put(name, Json.string(text));
        return this;
    }

    Row number(String name, long number) {
        cells.put(name, Long.toString(number));
        json.put(name, Long.toString(number));
        return this;
    }

    /** With three digits after the point. */
    Row decimal(String name, double number) {
        String text = String.format(Locale.ROOT, "%.3f", number);
        cells.put(name, text);
        json.put(name, text);
        return this;
    }

    Row flag(String name, boolean flag) {
        cells.put(name, flag ? "yes" : "no");
        json.put(name, Boolean.toString(flag));
        return this;
    }

    /** Not known. */
    Row none(String name) {
        cells.put(name, "-");
        json.put(name, "null");
        return this;
    }

    /** A string in JSON: 63 bits do not fit the numbers of most readers. */
    Row token(String name, FencingToken token) {
        cells.put(name, token.isNone() ? "-" : token.toString());
        json.put(name, token.isNone() ? "null" : Json.string(token.toString()));
        return this;
    }

    Row key(String name, Key key) {
        cells.put(name, key.toString());
        bytes(name, key.toByteArray(), name + "_encoding");
        return this;
    }

    Row value(String name, Value value) {
        cells.put(name, value.toString());
        bytes(name, value.toByteArray(), "encoding");
        return this;
    }

    /** An array in JSON; people see how many. */
    Row rows(String name, List<Row> rows) {
        cells.put(name, Integer.toString(rows.size()));
        json.put(name, rows.stream().map(Row::json).collect(Collectors.joining(",", "[", "]")));
        return this;
    }

    /** An object in JSON; people see its first cell. */
    Row row(String name, Row row) {
        cells.put(name, row.cells().get(0));
        json.put(name, row.json());
        return this;
    }

    private void bytes(String name, byte[] bytes, String encoding) {
        try {
            CharSequence text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            json.put(name, Json.string(text.toString()));
        } catch (CharacterCodingException e) {
            json.put(name, Json.string(Base64.getEncoder().encodeToString(bytes)));
            json.put(encoding, Json.string("base64"));
        }
    }

    List<String> names() {
        return List.copyOf(cells.keySet());
    }

    List<String> cells() {
        return new ArrayList<>(cells.values());
    }

    String json() {
        return Json.object(json);
    }
}
