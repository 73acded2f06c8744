package dev.fencekv.server.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Replies to bytes, of RESP2 or RESP3. Stateless. */
final class RespEncoder {
    /** Errors are for people to read, and a line. */
    private static final int LINE_CHARS_MAX = 2048;

    private RespEncoder() {}

    /**
     * Borrows {@code out}.
     *
     * @param version of the protocol: 2 or 3
     */
    static void encode(RespReply reply, int version, ByteBuf out) {
        switch (reply.kind()) {
            case SIMPLE -> line('+', ((RespReply.Simple) reply).text(), out);
            case ERROR -> line('-', ((RespReply.Error) reply).text(), out);
            case NUMBER -> header(':', ((RespReply.Number) reply).value(), out);
            case BULK -> bulk((RespReply.Bulk) reply, out);
            case TRUTH -> truth(((RespReply.Truth) reply).value(), version, out);
            case NULL -> ascii(version == 2 ? "$-1\r\n" : "_\r\n", out);
            case ARRAY -> {
                List<RespReply> elements = ((RespReply.Array) reply).elements();
                elements('*', elements.size(), elements, version, out);
            }
            case TABLE -> {
                List<RespReply> elements = ((RespReply.Table) reply).elements();
                if (version == 2) {
                    elements('*', elements.size(), elements, version, out);
                } else {
                    elements('%', elements.size() / 2, elements, version, out);
                }
            }
        }
    }

    private static void elements(
            char type, int count, List<RespReply> elements, int version, ByteBuf out) {
        header(type, count, out);
        for (RespReply each : elements) {
            encode(each, version, out);
        }
    }

    private static void truth(boolean value, int version, ByteBuf out) {
        if (version == 2) {
            header(':', value ? 1 : 0, out);
        } else {
            ascii(value ? "#t\r\n" : "#f\r\n", out);
        }
    }

    private static void bulk(RespReply.Bulk bulk, ByteBuf out) {
        int length = bulk.bytes().length();
        header('$', length, out);
        out.ensureWritable(length + 2);
        bulk.bytes().writeTo(out.nioBuffer(out.writerIndex(), length));
        out.writerIndex(out.writerIndex() + length);
        ascii("\r\n", out);
    }

    private static void header(char type, long number, ByteBuf out) {
        out.writeByte(type);
        ascii(Long.toString(number), out);
        ascii("\r\n", out);
    }

    /** HAZARD: a line end in the text would begin another reply, of whoever's making. */
    private static void line(char type, String text, ByteBuf out) {
        String clean = text.replace('\r', ' ').replace('\n', ' ');
        if (clean.length() > LINE_CHARS_MAX) {
            clean = clean.substring(0, LINE_CHARS_MAX);
        }
        out.writeByte(type);
        out.writeCharSequence(clean, StandardCharsets.UTF_8);
        ascii("\r\n", out);
    }

    private static void ascii(String text, ByteBuf out) {
        ByteBufUtil.writeAscii(out, text);
    }
}
