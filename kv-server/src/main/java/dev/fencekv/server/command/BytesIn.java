package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads what {@link BytesOut} wrote. What does not add up is a {@link CorruptBytesException}, never
 * a huge allocation. Owned by one thread.
 */
public final class BytesIn {
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

    public String getText() {
        int length = getShort();
        byte[] bytes = new byte[checkedLength(length)];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
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
    public static <T> T decoding(String what, java.util.function.Supplier<T> decoder) {
        try {
            return Check.present(decoder.get(), what);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new CorruptBytesException(what + ": " + e.getMessage(), e);
        }
    }
}
