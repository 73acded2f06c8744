package dev.fencekv.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads one JSON object, as import needs it: its members that are strings; others are read past.
 * Owned by one reading.
 */
final class JsonLine {
    private static final int DEPTH_MAX = 32;

    private final String text;
    private int at;

    private JsonLine(String text) {
        this.text = text;
    }

    /** Throws IllegalArgumentException, with the column, for what is no JSON object. */
    static Map<String, String> strings(String line) {
        JsonLine json = new JsonLine(line);
        Map<String, String> strings = new LinkedHashMap<>();
        json.skipBlanks();
        json.object(strings, 0);
        json.skipBlanks();
        if (json.at < line.length()) {
            throw json.wanted("the end of the line");
        }
        return strings;
    }

    private void object(Map<String, String> strings, int depth) {
        expect('{');
        skipBlanks();
        if (peek() == '}') {
            at++;
            return;
        }
        while (true) {
            skipBlanks();
            String name = string();
            skipBlanks();
            expect(':');
            skipBlanks();
            if (peek() == '"') {
                if (strings.put(name, string()) != null) {
                    throw new IllegalArgumentException("member " + name + " is there twice");
                }
            } else {
                skip(depth + 1);
            }
            skipBlanks();
            if (peek() == '}') {
                at++;
                return;
            }
            expect(',');
        }
    }

    /** A value that nobody asked for. */
    private void skip(int depth) {
        if (depth > DEPTH_MAX) {
            throw wanted("at most " + DEPTH_MAX + " levels");
        }
        switch (peek()) {
            case '{' -> object(new LinkedHashMap<>(), depth);
            case '[' -> array(depth);
            case '"' -> string();
            default -> word();
        }
    }

    private void array(int depth) {
        expect('[');
        skipBlanks();
        if (peek() == ']') {
            at++;
            return;
        }
        while (true) {
            skipBlanks();
            skip(depth + 1);
            skipBlanks();
            if (peek() == ']') {
                at++;
                return;
            }
            expect(',');
        }
    }

    /** A number, true, false or null. */
    private void word() {
        int start = at;
        while (at < text.length()
                && "+-.0123456789abcdefghijklmnopqrstuvwxyzE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String word = text.substring(start, at);
        if (!word.matches("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            at = start;
            throw wanted("a value");
        }
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char each = next("the end of the string");
            if (each == '"') {
                return out.toString();
            }
            if (each < ' ') {
                at--;
                throw wanted("no control character in a string");
            }
            out.append(each == '\\' ? escaped() : each);
        }
    }

    private char escaped() {
        char each = next("what is escaped");
        return switch (each) {
            case '"', '\\', '/' -> each;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unit();
            default -> {
                at--;
                throw wanted("an escape that JSON knows");
            }
        };
    }

    /** Of UTF-16, as four hexadecimal digits. */
    private char unit() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(next("a hexadecimal digit"), 16);
            if (digit < 0) {
                at--;
                throw wanted("a hexadecimal digit");
            }
            unit = unit * 16 + digit;
        }
        return (char) unit;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private char next(String what) {
        if (at == text.length()) {
            throw wanted(what);
        }
        return text.charAt(at++);
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw wanted("'" + wanted + "'");
        }
        at++;
    }

    private IllegalArgumentException wanted(String what) {
        return new IllegalArgumentException("no JSON: want " + what + " at column " + (at + 1));
    }
}
