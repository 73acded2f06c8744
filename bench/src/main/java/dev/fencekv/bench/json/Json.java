package dev.fencekv.bench.json;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes JSON text and reads it back. Stateless. */
public final class Json {
    /** The value null: a member that is there and has no value. */
    public static final Object NULL =
            new Object() {
                @Override
                public String toString() {
                    return "null";
                }
            };

    private static final int DEPTH_MAX = 64;

    private Json() {}

    /** On one line. */
    public static String write(JsonObject object) {
        StringBuilder out = new StringBuilder();
        append(out, object, -1);
        return out.toString();
    }

    /** Indented, for people; lists of numbers stay on one line. */
    public static String pretty(JsonObject object) {
        StringBuilder out = new StringBuilder();
        append(out, object, 0);
        return out.append('\n').toString();
    }

    /** Reads one object. Throws IllegalArgumentException that says where the text goes wrong. */
    public static JsonObject read(String text) {
        Reader reader = new Reader(text);
        Object value = reader.value(0);
        reader.end();
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("not a JSON object: " + text);
    }

    // --- writing -----------------------------------------------------------------------------

    private static void append(StringBuilder out, Object value, int indent) {
        if (value instanceof JsonObject object) {
            appendObject(out, object, indent);
        } else if (value instanceof List<?> list) {
            appendList(out, list, indent);
        } else if (value instanceof String text) {
            appendText(out, text);
        } else if (value instanceof Double || value instanceof Float) {
            appendFraction(out, ((Number) value).doubleValue());
        } else if (value instanceof Number || value instanceof Boolean || value == NULL) {
            out.append(value);
        } else {
            throw new IllegalArgumentException("not JSON: " + value);
        }
    }

    private static void appendObject(StringBuilder out, JsonObject object, int indent) {
        out.append('{');
        Iterator<Map.Entry<String, Object>> members = object.members().entrySet().iterator();
        int inner = indent < 0 || !members.hasNext() ? -1 : indent + 1;
        while (members.hasNext()) {
            Map.Entry<String, Object> member = members.next();
            newLine(out, inner);
            appendText(out, member.getKey());
            out.append(inner < 0 ? ":" : ": ");
            append(out, member.getValue(), inner);
            if (members.hasNext()) {
                out.append(',');
            }
        }
        newLine(out, inner < 0 ? -1 : indent);
        out.append('}');
    }

    private static void appendList(StringBuilder out, List<?> list, int indent) {
        boolean broken = indent >= 0 && list.stream().anyMatch(JsonObject.class::isInstance);
        int inner = broken ? indent + 1 : -1;
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
            newLine(out, inner);
            append(out, list.get(i), inner);
            if (i + 1 < list.size()) {
                out.append(',');
            }
        }
        newLine(out, broken ? indent : -1);
        out.append(']');
    }

    private static void newLine(StringBuilder out, int indent) {
        if (indent >= 0) {
            out.append('\n').append("  ".repeat(indent));
        }
    }

    /** To a thousandth: nothing here is measured more finely. */
    private static void appendFraction(StringBuilder out, double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("not JSON: " + number);
        }
        String text = String.format(Locale.ROOT, "%.3f", number);
        int end = text.length();
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        out.append(text, 0, text.charAt(end - 1) == '.' ? end - 1 : end);
    }

    private static void appendText(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            switch (each) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    // "<" too: reports stand inside HTML.
                    if (each < 0x20 || each == 0x7f || each == '<') {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) each));
                    } else {
                        out.append(each);
                    }
                }
            }
        }
        out.append('"');
    }

    // --- reading -----------------------------------------------------------------------------

    /** Walks the text once. */
    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        Object value(int depth) {
            if (depth > DEPTH_MAX) {
                throw wrong("too deep");
            }
            return switch (peek()) {
                case '{' -> object(depth);
                case '[' -> list(depth);
                case '"' -> string();
                case 't' -> word("true", Boolean.TRUE);
                case 'f' -> word("false", Boolean.FALSE);
                case 'n' -> word("null", NULL);
                default -> number();
            };
        }

        private JsonObject object(int depth) {
            JsonObject object = new JsonObject();
            take('{');
            if (peek() != '}') {
                do {
                    String name = string();
                    take(':');
                    object.put(name, value(depth + 1));
                } while (more());
            }
            take('}');
            return object;
        }

        private List<Object> list(int depth) {
            List<Object> list = new ArrayList<>();
            take('[');
            if (peek() != ']') {
                do {
                    list.add(value(depth + 1));
                } while (more());
            }
            take(']');
            return list;
        }

        private boolean more() {
            if (peek() != ',') {
                return false;
            }
            at++;
            return true;
        }

        private String string() {
            take('"');
            StringBuilder out = new StringBuilder();
            while (next() != '"') {
                char each = text.charAt(at++);
                out.append(each == '\\' ? escaped() : each);
            }
            at++;
            return out.toString();
        }

        private char escaped() {
            char kind = next();
            at++;
            return switch (kind) {
                case 'n' -> '\n';
                case 't' -> '\t';
                case 'r' -> '\r';
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'u' -> {
                    if (at + 4 > text.length()) {
                        throw wrong("cut off");
                    }
                    at += 4;
                    yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
                }
                case '"', '\\', '/' -> kind;
                default -> throw wrong("unknown escape");
            };
        }

        private Object word(String word, Object meaning) {
            if (!text.startsWith(word, at)) {
                throw wrong("unknown word");
            }
            at += word.length();
            return meaning;
        }

        private Number number() {
            int from = at;
            while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            String number = text.substring(from, at);
            try {
                return number.matches("-?[0-9]{1,18}")
                        ? (Number) Long.valueOf(number)
                        : (Number) Double.valueOf(number);
            } catch (NumberFormatException e) {
                throw wrong("not a number");
            }
        }

        void end() {
            skipSpace();
            if (at < text.length()) {
                throw wrong("text after the end");
            }
        }

        private void take(char wanted) {
            if (peek() != wanted) {
                throw wrong("wanted " + wanted);
            }
            at++;
        }

        private char peek() {
            skipSpace();
            return next();
        }

        private char next() {
            if (at >= text.length()) {
                throw wrong("cut off");
            }
            return text.charAt(at);
        }

        private void skipSpace() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        private IllegalArgumentException wrong(String what) {
            return new IllegalArgumentException("bad JSON at character " + at + ": " + what);
        }
    }
}
