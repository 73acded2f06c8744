package dev.fencekv.server.resp;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to commands: arrays of bulk strings, and lines of words as people type them. Clients send
 * nothing else, in RESP3 neither. Owned by the event loop of its connection.
 *
 * <p>Our own, and not Netty's {@code codec-redis}: that one believes every length up to 512 MiB,
 * makes room for as many elements as an array announces, and knows no RESP3.
 *
 * <p>Guarantees: 1. No more is kept than {@link RespLimits#COMMAND_BYTES_MAX}, whatever is
 * announced. 2. A command that is too large is skipped and refused, and the next one is understood.
 * 3. After the first thing that is not RESP, one {@link RespRequest#broken} and nothing more.
 */
final class RespDecoder extends ByteToMessageDecoder {
    private static final int NO_ARRAY = -1;
    private static final int NO_ARGUMENT = -1;
    private static final int CRLF_BYTES = 2;

    /** Words of the command that is being read. */
    private final List<Value> words = new ArrayList<>();

    /** Words that are still to come; {@link #NO_ARRAY} between commands. */
    private int wordsLeft = NO_ARRAY;

    /** Length of the argument whose bytes come next; {@link #NO_ARGUMENT} before its header. */
    private int argumentBytes = NO_ARGUMENT;

    /** Of an argument that is not kept: what is still to be skipped, its line end included. */
    private int skipBytes;

    /** Of {@link #words}, with overhead. */
    private int commandBytes;

    /** Why the command that is being read will not be executed; empty if it will. */
    private String trouble = "";

    private boolean broken;

    /** What is kept of a command that has not come whole. */
    int partialBytes() {
        return broken ? 0 : commandBytes + actualReadableBytes();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (broken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            RespRequest request = next(in);
            if (request != null) {
                out.add(request);
            }
        } catch (RespProtocolException e) {
            broken = true;
            words.clear();
            in.skipBytes(in.readableBytes());
            out.add(RespRequest.broken("ERR Protocol error: " + e.getMessage()));
        }
    }

    /** Borrows {@code in}; null if it has no whole command. */
    private @Nullable RespRequest next(ByteBuf in) {
        while (wordsLeft == NO_ARRAY) {
            if (!in.isReadable()) {
                return null;
            }
            boolean array = in.getByte(in.readerIndex()) == '*';
            String line = line(in);
            if (line == null) {
                return null;
            }
            if (!array) {
                RespRequest inline = inline(line);
                if (inline != null) {
                    return inline;
                }
            } else {
                begin(line);
            }
        }
        while (wordsLeft > 0) {
            if (!argument(in)) {
                return null;
            }
        }
        return end();
    }

    /** An array without elements, as keep-alive of some clients, means nothing. */
    private void begin(String line) {
        long count = number(line, "invalid multibulk length");
        if (count > RespLimits.WORDS_MAX) {
            throw new RespProtocolException(
                    "invalid multibulk length: at most " + RespLimits.WORDS_MAX + " words");
        }
        if (count > 0) {
            wordsLeft = (int) count;
        }
    }

    private RespRequest end() {
        RespRequest request =
                trouble.isEmpty()
                        ? RespRequest.of(words, commandBytes)
                        : RespRequest.refused(trouble);
        words.clear();
        wordsLeft = NO_ARRAY;
        commandBytes = 0;
        trouble = "";
        return request;
    }

    /** False if it has not come whole. */
    private boolean argument(ByteBuf in) {
        if (skipBytes > 0) {
            return skip(in);
        }
        if (argumentBytes == NO_ARGUMENT && !argumentHeader(in)) {
            return false;
        }
        if (skipBytes > 0) {
            return skip(in);
        }
        if (in.readableBytes() < argumentBytes + CRLF_BYTES) {
            return false;
        }
        words.add(Value.readFrom(in.nioBuffer(in.readerIndex(), argumentBytes), argumentBytes));
        in.skipBytes(argumentBytes);
        if (in.readByte() != '\r' || in.readByte() != '\n') {
            throw new RespProtocolException("an argument is longer than it says");
        }
        commandBytes += argumentBytes + RespLimits.WORD_OVERHEAD_BYTES;
        argumentDone();
        return true;
    }

    private void argumentDone() {
        argumentBytes = NO_ARGUMENT;
        wordsLeft--;
    }

    private boolean argumentHeader(ByteBuf in) {
        if (!in.isReadable()) {
            return false;
        }
        byte type = in.getByte(in.readerIndex());
        if (type != '$') {
            throw new RespProtocolException(
                    "expected '$', got '" + (type >= ' ' && type < 127 ? (char) type : '?') + "'");
        }
        String line = line(in);
        if (line == null) {
            return false;
        }
        long length = number(line, "invalid bulk length");
        if (length < 0 || length > RespLimits.ARGUMENT_BYTES_CREDIBLE_MAX) {
            throw new RespProtocolException("invalid bulk length");
        }
        long total = commandBytes + length + RespLimits.WORD_OVERHEAD_BYTES;
        if (length > Limits.VALUE_BYTES_MAX) {
            refuse("an argument may have " + Limits.VALUE_BYTES_MAX + " bytes at most");
        } else if (total > RespLimits.COMMAND_BYTES_MAX) {
            refuse("a command may have " + RespLimits.COMMAND_BYTES_MAX + " bytes at most");
        }
        if (trouble.isEmpty()) {
            argumentBytes = (int) length; // Counted once they are there.
        } else {
            skipBytes = (int) length + CRLF_BYTES;
        }
        return true;
    }

    /** The command will not be executed: nothing of it needs to be kept. */
    private void refuse(String why) {
        trouble = "TOO_LARGE " + why;
        words.clear();
        commandBytes = 0;
    }

    private boolean skip(ByteBuf in) {
        int step = Math.min(skipBytes, in.readableBytes());
        in.skipBytes(step);
        skipBytes -= step;
        if (skipBytes > 0) {
            return false;
        }
        argumentDone();
        return true;
    }

    /** Null for an empty line. */
    private static @Nullable RespRequest inline(String line) {
        String text = line.strip();
        if (text.isEmpty()) {
            return null;
        }
        if (text.indexOf('"') >= 0 || text.indexOf('\'') >= 0) {
            throw new RespProtocolException(
                    "a command typed as a line knows no quotes: use redis-cli or arrays");
        }
        List<Value> words = new ArrayList<>();
        int bytes = 0;
        for (String word : text.split("\\s+")) {
            words.add(Value.copyOf(word.getBytes(StandardCharsets.ISO_8859_1)));
            bytes += word.length() + RespLimits.WORD_OVERHEAD_BYTES;
        }
        // HAZARD: a web page can make a browser on this machine send a POST here, whose body would
        // be lines of commands.
        String name = words.get(0).toUtf8().toLowerCase(Locale.ROOT);
        if (name.equals("post") || name.equals("host:")) {
            throw new RespProtocolException("this is no HTTP server");
        }
        return RespRequest.of(words, bytes);
    }

    /** Without its type and line end; null if it has not come whole. */
    private static @Nullable String line(ByteBuf in) {
        int length = in.bytesBefore((byte) '\n');
        if (length > RespLimits.LINE_BYTES_MAX
                || length < 0 && in.readableBytes() > RespLimits.LINE_BYTES_MAX) {
            throw new RespProtocolException("too big inline request");
        }
        if (length < 0) {
            return null;
        }
        String line = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
        in.skipBytes(length + 1);
        return line;
    }

    /** Of a header line: its type, digits, and the carriage return. */
    private static long number(String line, String otherwise) {
        if (!line.endsWith("\r")) {
            throw new RespProtocolException(otherwise);
        }
        String digits = line.substring(1, line.length() - 1);
        // Long.parseLong also takes a plus and digits of other scripts.
        if (!digits.matches("-?[0-9]{1,18}")) {
            throw new RespProtocolException(otherwise);
        }
        return Long.parseLong(digits);
    }
}
