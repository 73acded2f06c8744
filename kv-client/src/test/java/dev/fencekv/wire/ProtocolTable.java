package dev.fencekv.wire;

import dev.fencekv.kv.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code protocol.table}, read by its own rules and knowing nothing of the codecs. */
final class ProtocolTable {
    enum Shape {
        STRUCT,
        ENUM,
        UNION,
        REQUEST,
        REPLY
    }

    /** What a field consists of. */
    enum Form {
        UNSIGNED,
        SIGNED,
        BITS,
        BOOL,
        STRING,
        BYTES,
        LIST,
        OPTIONAL,
        NAMED
    }

    /**
     * @param word as the table says it
     * @param width bytes of the number, the length or the count; 0 if there is none
     * @param element of a list or an optional: one type; else none
     */
    record Type(Form form, String word, int width, long min, long max, List<Type> element) {
        Type of() {
            return element.get(0);
        }
    }

    record Field(String name, Type type, String meaning) {}

    /**
     * @param struct what follows the code, in a union; empty in an enum
     */
    record Code(String name, int code, String struct, String meaning) {}

    /**
     * @param code of requests and replies; else -1
     * @param fields of all but enums and unions
     * @param codes of enums and unions
     */
    record Item(
            Shape shape,
            String name,
            int code,
            String meaning,
            List<Field> fields,
            List<Code> codes) {
        /** E.g. {@code request PUT}: names alone are not unique. */
        String title() {
            return shape.name().toLowerCase(Locale.ROOT) + " " + name;
        }
    }

    private final Map<String, Item> items = new LinkedHashMap<>();

    static ProtocolTable load() {
        try (InputStream in = ProtocolTable.class.getResourceAsStream("protocol.table")) {
            return new ProtocolTable(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("protocol.table", e);
        }
    }

    private ProtocolTable(String text) {
        Item open = null;
        for (String line : text.split("\n")) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] halves = line.split("\\|", 2);
            String meaning = halves.length == 2 ? halves[1].strip() : "";
            Deque<String> words = new ArrayDeque<>(Arrays.asList(halves[0].strip().split("\\s+")));
            if (!line.startsWith(" ")) {
                open = item(words, meaning);
                if (items.put(open.title(), open) != null) {
                    throw new IllegalStateException("twice: " + open.title());
                }
            } else if (open.shape() == Shape.ENUM) {
                open.codes().add(new Code(words.pop(), Integer.parseInt(words.pop()), "", meaning));
            } else if (open.shape() == Shape.UNION) {
                open.codes()
                        .add(
                                new Code(
                                        words.pop(),
                                        Integer.parseInt(words.pop()),
                                        words.pop(),
                                        meaning));
            } else {
                open.fields().add(new Field(words.pop(), type(words), meaning));
            }
            if (!words.isEmpty()) {
                throw new IllegalStateException("not understood: " + line);
            }
        }
    }

    Iterable<Item> items() {
        return items.values();
    }

    List<Item> items(Shape shape) {
        return items.values().stream().filter(item -> item.shape() == shape).toList();
    }

    Item item(String title) {
        Item item = items.get(title);
        if (item == null) {
            throw new IllegalStateException("not in the table: " + title);
        }
        return item;
    }

    /** The enum, struct or union of this name. */
    Item named(String name) {
        for (String shape : List.of("struct ", "union ")) {
            Item item = items.get(shape + name);
            if (item != null) {
                return item;
            }
        }
        return item("enum " + name);
    }

    private static Item item(Deque<String> words, String meaning) {
        Shape shape = Shape.valueOf(words.pop().toUpperCase(Locale.ROOT));
        String name = words.pop();
        int code = words.isEmpty() ? -1 : Integer.parseInt(words.pop());
        return new Item(shape, name, code, meaning, new ArrayList<>(), new ArrayList<>());
    }

    private static Type type(Deque<String> words) {
        String word = words.pop();
        return switch (word) {
            case "u8" -> number(Form.UNSIGNED, word, 1, 0, 0xFF, words);
            case "u16" -> number(Form.UNSIGNED, word, 2, 0, 0xFFFF, words);
            case "u31" -> number(Form.UNSIGNED, word, 4, 0, Integer.MAX_VALUE, words);
            case "u63" -> number(Form.UNSIGNED, word, 8, 0, Long.MAX_VALUE, words);
            case "i64" -> number(Form.SIGNED, word, 8, Long.MIN_VALUE, Long.MAX_VALUE, words);
            case "bits64" -> number(Form.BITS, word, 8, Long.MIN_VALUE, Long.MAX_VALUE, words);
            case "bool" -> number(Form.BOOL, word, 1, 0, 1, words);
            case "string16" -> sized(Form.STRING, word, 2, words);
            case "bytes16" -> sized(Form.BYTES, word, 2, words);
            case "bytes32" -> sized(Form.BYTES, word, 4, words);
            case "list16" -> {
                Type size = sized(Form.LIST, word, 2, words);
                yield new Type(Form.LIST, word, 2, size.min(), size.max(), List.of(type(words)));
            }
            case "optional" -> new Type(Form.OPTIONAL, word, 1, 0, 1, List.of(type(words)));
            default -> new Type(Form.NAMED, word, 0, 0, 0, List.of());
        };
    }

    private static Type number(
            Form form, String word, int width, long min, long max, Deque<String> words) {
        boolean ranged = !words.isEmpty() && words.peek().contains("..");
        return ranged
                ? sized(form, word, width, words)
                : new Type(form, word, width, min, max, List.of());
    }

    private static Type sized(Form form, String word, int width, Deque<String> words) {
        String[] ends = words.pop().split("\\.\\.", 2);
        return new Type(form, word, width, limit(ends[0]), limit(ends[1]), List.of());
    }

    private static long limit(String text) {
        if (Character.isDigit(text.charAt(0))) {
            return Long.parseLong(text);
        }
        try {
            return ((Number) Limits.class.getField(text).get(null)).longValue();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no such limit: " + text, e);
        }
    }
}
