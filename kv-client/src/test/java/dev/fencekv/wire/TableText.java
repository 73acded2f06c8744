package dev.fencekv.wire;

import dev.fencekv.wire.ProtocolTable.Code;
import dev.fencekv.wire.ProtocolTable.Field;
import dev.fencekv.wire.ProtocolTable.Form;
import dev.fencekv.wire.ProtocolTable.Item;
import dev.fencekv.wire.ProtocolTable.Shape;
import dev.fencekv.wire.ProtocolTable.Type;

/** An item of the table as Markdown; a message with its golden frame. */
final class TableText {
    private TableText() {}

    static String render(Item item) {
        StringBuilder text = new StringBuilder();
        if (item.code() >= 0) {
            text.append(item.shape() == Shape.REQUEST ? "Opcode " : "Body kind ");
            text.append(item.code()).append(". ");
        }
        text.append(item.meaning()).append("\n");
        if (item.shape() == Shape.ENUM) {
            appendCodes(text, item);
        } else if (item.shape() == Shape.UNION) {
            appendChoices(text, item);
        } else if (!item.fields().isEmpty()) {
            appendFields(text, item);
        }
        if (item.shape() == Shape.REQUEST || item.shape() == Shape.REPLY) {
            text.append("\n```text\n").append(GoldenFrames.text(item)).append("```\n");
        }
        return text.toString();
    }

    private static void appendCodes(StringBuilder text, Item item) {
        text.append("\n| code | name | meaning |\n|---|---|---|\n");
        for (Code code : item.codes()) {
            text.append("| %d | %s | %s |\n".formatted(code.code(), code.name(), code.meaning()));
        }
    }

    private static void appendChoices(StringBuilder text, Item item) {
        text.append("\nOne byte, the code, then what follows it.\n");
        text.append("\n| code | name | followed by | meaning |\n|---|---|---|---|\n");
        for (Code code : item.codes()) {
            text.append(
                    "| %d | %s | %s | %s |\n"
                            .formatted(code.code(), code.name(), code.struct(), code.meaning()));
        }
    }

    private static void appendFields(StringBuilder text, Item item) {
        text.append("\n| field | type | meaning |\n|---|---|---|\n");
        for (Field field : item.fields()) {
            text.append(
                    "| %s | %s | %s |\n"
                            .formatted(field.name(), type(field.type()), field.meaning()));
        }
    }

    private static String type(Type type) {
        return switch (type.form()) {
            case STRING, BYTES ->
                    "%s, %d to %d bytes".formatted(type.word(), type.min(), type.max());
            case LIST ->
                    "%s, %d to %d × %s"
                            .formatted(type.word(), type.min(), type.max(), type(type.of()));
            case OPTIONAL -> "optional " + type(type.of());
            case UNSIGNED -> type.word() + range(type);
            case SIGNED, BITS, BOOL, NAMED -> type.word();
        };
    }

    /** Only if the number may take less than its bytes could say. */
    private static String range(Type type) {
        long widest =
                type.width() == 1
                        ? 0xFF
                        : type.width() == 2
                                ? 0xFFFF
                                : type.width() == 4 ? Integer.MAX_VALUE : Long.MAX_VALUE;
        boolean whole = type.form() == Form.UNSIGNED && type.min() == 0 && type.max() == widest;
        return whole ? "" : ", %d to %d".formatted(type.min(), type.max());
    }
}
