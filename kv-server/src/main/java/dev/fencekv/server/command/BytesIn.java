package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Reads what {@link BytesOut} wrote. What does not add up is a {@link CorruptBytesException}, never
 * a huge allocation. Owned by one thread.
 */
public final class BytesIn {
    /** What Java reads for bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private final ByteBuffer buffer;

    /** Reads the remaining bytes of {@code buffer}, advancing it. */
    public BytesIn(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    public int remaining() {
        return buffer.remaining();
    }

    public int getByte() {
        return need(1).get() & 0xff;
    }

    public int getShort() {
        return need(2).getShort() & 0xffff;
    }

    public int getInt() {
        return need(4).getInt();
    }

    public long getLong() {
        return need(8).getLong();
    }

    public boolean getBoolean() {
        int value = getByte();
        if (value > 1) {
            throw new CorruptBytesException("not a boolean: " + value);
        }
        return value == 1;
    }

    /**
     * One byte that stands for one of the things that {@code ofCode} knows. A code that it does not
     * know is a newer release's, not damage, which checksums find: {@link NewerFormatException}.
     *
     * @param ofCode throws IllegalArgumentException for a code that it does not know
     */
    public <T> T getCode(String what, IntFunction<T> ofCode) {
        int code = getByte();
        try {
            return ofCode.apply(code);
        } catch (IllegalArgumentException e) {
            throw new NewerFormatException(
                    what + " " + code + " is not known to this release; install the newer one");
        }
    }

    public String getText() {
        int length = getShort();
        byte[] bytes = new byte[checkedLength(length)];
        buffer.get(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0
                && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw new CorruptBytesException("not UTF-8: " + text);
        }
        return text;
    }

    /** Says that {@code length} bytes are there to be read, and hands out the buffer. */
    public ByteBuffer need(int length) {
        checkedLength(length);
        return buffer;
    }

    /** The next {@code length} bytes as a view, which this cursor then has passed. */
    public ByteBuffer slice(int length) {
        checkedLength(length);
        ByteBuffer slice = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        return slice;
    }

    private int checkedLength(int length) {
        if (length < 0 || length > buffer.remaining()) {
            throw new CorruptBytesException(
                    "wants " + length + " bytes but only " + buffer.remaining() + " are left");
        }
        return length;
    }

    /** Everything must have been read. */
    public void end(String what) {
        if (buffer.hasRemaining()) {
            throw new CorruptBytesException(
                    buffer.remaining() + " bytes too many at the end of " + what);
        }
    }

    /**
     * Runs a decoder, turning whatever it says of bad bytes into a {@link CorruptBytesException}.
     */
    public static <T> T decoding(String what, Supplier<T> decoder) {
        try {
            return Check.present(decoder.get(), what);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new CorruptBytesException(what + ": " + e.getMessage(), e);
        }
    }
}
