package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing big-endian byte buffer, made to be reused. Owned by one thread. */
public final class BytesOut {
    private ByteBuffer buffer;

    public BytesOut(int initialBytes) {
        buffer = ByteBuffer.allocate(initialBytes);
    }

    public BytesOut clear() {
        buffer.clear();
        return this;
    }

    public int length() {
        return buffer.position();
    }

    /** Bytes that it holds before it grows. */
    public int capacity() {
        return buffer.capacity();
    }

    public void putByte(int value) {
        reserve(1).put((byte) value);
    }

    public void putShort(int value) {
        reserve(2).putShort((short) value);
    }

    public void putInt(int value) {
        reserve(4).putInt(value);
    }

    public void putLong(long value) {
        reserve(8).putLong(value);
    }

    public void putBoolean(boolean value) {
        putByte(value ? 1 : 0);
    }

    /** Two bytes of length, then UTF-8. Makes no garbage of ASCII. */
    public void putText(String text) {
        int start = length();
        int chars = text.length();
        Check.inRange(0, 0xffff, chars, "text length");
        putShort(chars);
        ByteBuffer out = reserve(chars);
        for (int i = 0; i < chars; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                truncate(start);
                putAnyText(text);
                return;
            }
            out.put((byte) c);
        }
    }

    private void putAnyText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Check.inRange(0, 0xffff, bytes.length, "text length in bytes");
        putShort(bytes.length);
        reserve(bytes.length).put(bytes);
    }

    /** A place to write {@code bytes} bytes at; the position advances as they are written. */
    public ByteBuffer reserve(int bytes) {
        if (buffer.remaining() < bytes) {
            int wanted = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), wanted)).position(length());
        }
        return buffer;
    }

    /** Copies what {@code other} has. */
    public void append(BytesOut other) {
        reserve(other.length()).put(other.array(), 0, other.length());
    }

    /** Two bytes written before. */
    public int getShort(int at) {
        return buffer.getShort(at) & 0xffff;
    }

    /** Overwrites two bytes written before. */
    public void setShort(int at, int value) {
        buffer.putShort(at, (short) value);
    }

    /** Overwrites four bytes written before. */
    public void setInt(int at, int value) {
        buffer.putInt(at, value);
    }

    /** Forgets everything from {@code length} on. */
    public void truncate(int length) {
        buffer.position(length);
    }

    /** The array behind; valid up to {@link #length} and until the next write. */
    public byte[] array() {
        return buffer.array();
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(buffer.array(), length());
    }
}
