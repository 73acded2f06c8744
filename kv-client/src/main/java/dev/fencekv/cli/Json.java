package dev.fencekv.cli;

import java.util.Map;

/** Writes JSON text: what kvcli needs of it. Stateless. */
final class Json {
    private Json() {}

    /** An object on one line; the values are JSON already. */
    static String object(Map<String, String> members) {
        StringBuilder out = new StringBuilder("{");
        for (Map.Entry<String, String> member : members.entrySet()) {
            if (out.length() > 1) {
                out.append(',');
            }
            out.append(string(member.getKey())).append(':').append(member.getValue());
        }
        return out.append('}').toString();
    }

    static String string(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            switch (each) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (each < 0x20 || each == 0x7f || Character.isSurrogate(each)) {
                        escape(out, each);
                    } else {
                        out.append(each);
                    }
                }
            }
        }
        return out.append('"').toString();
    }

    private static void escape(StringBuilder out, char each) {
        out.append("\\u").append(Integer.toHexString(each | 0x10000).substring(1));
    }
}
