package dev.fencekv.wire;

import dev.fencekv.wire.ProtocolTable.Code;
import dev.fencekv.wire.ProtocolTable.Field;
import dev.fencekv.wire.ProtocolTable.Item;
import dev.fencekv.wire.ProtocolTable.Shape;
import dev.fencekv.wire.ProtocolTable.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the bytes of a frame by {@link ProtocolTable} alone: what a client in another language
 * would do. Structs become maps by field name, numbers Long, enums the name, bytes {@link Bytes}.
 */
final class TableWalker {
    /** Bytes as hex digits, so that they compare by content. */
    record Bytes(String hex) {
        static Bytes of(byte[] bytes) {
            return new Bytes(HexFormat.of().formatHex(bytes));
        }
    }

    /** What a union is, and the fields of that. */
    record Choice(String name, Map<String, Object> fields) {}

    /** Some bytes, and what they say: a line of an annotated frame. */
    record Line(String hex, String saying) {}

    private final ProtocolTable table;
    private final ByteBuffer in;
    private final List<Line> lines = new ArrayList<>();

    private TableWalker(ProtocolTable table, byte[] frame) {
        this.table = table;
        this.in = ByteBuffer.wrap(frame);
    }

    /** The header, the reply's head if it is one, and the body, each under its name. */
    static Map<String, Map<String, Object>> walk(ProtocolTable table, byte[] frame) {
        return new TableWalker(table, frame).frame();
    }

    /** The same frame as lines of hex, each with what it says. */
    static List<Line> annotate(ProtocolTable table, byte[] frame) {
        TableWalker walker = new TableWalker(table, frame);
        walker.frame();
        return walker.lines;
    }

    private Map<String, Map<String, Object>> frame() {
        Map<String, Map<String, Object>> parts = new LinkedHashMap<>();
        Map<String, Object> header = fields("", table.item("struct Header"));
        parts.put("header", header);
        require((long) header.get("length") == in.remaining() + 20L, "length is wrong");
        boolean reply = ((long) header.get("flags") & Frame.REPLY) != 0;
        String body = "request " + header.get("opcode");
        if (reply) {
            Map<String, Object> head = fields("", table.item("struct ReplyHead"));
            parts.put("head", head);
            body = "reply " + head.get("bodyKind");
        }
        parts.put("body", fields("", table.item(body)));
        require(!in.hasRemaining(), in.remaining() + " bytes are left");
        return parts;
    }

    private Map<String, Object> fields(String path, Item item) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Field field : item.fields()) {
            values.put(field.name(), value(path + field.name(), field.type()));
        }
        return values;
    }

    private Object value(String path, Type type) {
        return switch (type.form()) {
            case UNSIGNED, SIGNED -> {
                int start = in.position();
                long number = number(type);
                line(start, path + " = " + number);
                yield number;
            }
            case BITS -> {
                int start = in.position();
                long bits = in.getLong();
                line(start, path);
                yield bits;
            }
            case BOOL -> {
                int start = in.position();
                long bool = number(type);
                line(start, path + " = " + bool);
                yield bool == 1;
            }
            case STRING -> string(path, type);
            case BYTES -> bytes(path, type);
            case LIST -> list(path, type);
            case OPTIONAL -> {
                int start = in.position();
                long present = number(type);
                line(start, path + (present == 1 ? ": present" : ": absent"));
                yield present == 1 ? Optional.of(value(path, type.of())) : Optional.empty();
            }
            case NAMED -> named(path, type);
        };
    }

    private Object named(String path, Type type) {
        Item item = table.named(type.word());
        if (item.shape() == Shape.STRUCT) {
            return fields(path + ".", item);
        }
        int start = in.position();
        int code = in.get() & 0xFF;
        for (Code known : item.codes()) {
            if (known.code() == code) {
                line(start, path + " = " + known.name());
                return item.shape() == Shape.ENUM
                        ? known.name()
                        : new Choice(known.name(), fields(path + ".", table.named(known.struct())));
            }
        }
        throw new IllegalStateException(path + ": no such code " + code);
    }

    private Object string(String path, Type type) {
        int start = in.position();
        byte[] bytes = take(type);
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            line(start, path + " = \"" + text + "\"");
            return text;
        } catch (CharacterCodingException e) {
            throw new IllegalStateException(path + " is not UTF-8", e);
        }
    }

    private Object bytes(String path, Type type) {
        int start = in.position();
        byte[] bytes = take(type);
        line(start, path + ", " + bytes.length + " bytes");
        return Bytes.of(bytes);
    }

    private Object list(String path, Type type) {
        int start = in.position();
        long count = number(type);
        line(start, path + ": " + count);
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(value(path + "[" + i + "]", type.of()));
        }
        return list;
    }

    private byte[] take(Type type) {
        byte[] bytes = new byte[(int) number(type)];
        in.get(bytes);
        return bytes;
    }

    private long number(Type type) {
        long number =
                switch (type.width()) {
                    case 1 -> in.get() & 0xFF;
                    case 2 -> in.getShort() & 0xFFFF;
                    case 4 -> in.getInt() & 0xFFFF_FFFFL;
                    default -> in.getLong();
                };
        require(number >= type.min() && number <= type.max(), number + " is out of range");
        return number;
    }

    private void line(int start, String saying) {
        byte[] bytes = new byte[in.position() - start];
        in.get(start, bytes);
        lines.add(new Line(HexFormat.of().formatHex(bytes), saying));
    }

    private void require(boolean holds, String complaint) {
        if (!holds) {
            throw new IllegalStateException(complaint + " at byte " + in.position());
        }
    }
}
