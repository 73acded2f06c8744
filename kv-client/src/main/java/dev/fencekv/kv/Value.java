package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A value: 0 to {@link Limits#VALUE_BYTES_MAX} bytes of any content, ordered as unsigned bytes.
 * Immutable: copies what it is given and never hands its array out.
 */
public final class Value implements Comparable<Value> {
    public static final Value EMPTY = new Value(new byte[0]);

    private final byte[] bytes;

    private Value(byte[] owned) {
        Check.inRange(0, Limits.VALUE_BYTES_MAX, owned.length, "value length in bytes");
        this.bytes = owned;
    }

    public static Value copyOf(byte[] bytes) {
        return new Value(bytes.clone());
    }

    /** Copies {@code length} bytes from {@code offset}. */
    public static Value copyOf(byte[] bytes, int offset, int length) {
        return new Value(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** Takes the next {@code length} bytes of {@code source}, advancing it. */
    public static Value readFrom(ByteBuffer source, int length) {
        Check.inRange(0, Limits.VALUE_BYTES_MAX, length, "value length in bytes");
        byte[] bytes = new byte[length];
        source.get(bytes);
        return new Value(bytes);
    }

    /** The UTF-8 bytes of {@code text}. */
    public static Value of(String text) {
        return new Value(text.getBytes(StandardCharsets.UTF_8));
    }

    public int length() {
        return bytes.length;
    }

    public byte[] toByteArray() {
        return bytes.clone();
    }

    public void writeTo(ByteBuffer target) {
        target.put(bytes);
    }

    public void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, bytes.length);
    }

    /** These bytes and then those of {@code more}, together at most the limit. */
    public Value concat(Value more) {
        byte[] both = Arrays.copyOf(bytes, bytes.length + more.bytes.length);
        more.copyTo(both, bytes.length);
        return new Value(both);
    }

    /** The first {@code length} bytes, of no more than there are. */
    public Value beginning(int length) {
        Check.inRange(0, bytes.length, length, "length in bytes");
        return copyOf(bytes, 0, length);
    }

    /** The bytes read as UTF-8, malformed ones replaced. */
    public String toUtf8() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Value other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    /** As {@link #compareTo(Value)} with the value that lies in {@code others[from, to)}. */
    public int compareTo(byte[] others, int from, int to) {
        return Arrays.compareUnsigned(bytes, 0, bytes.length, others, from, to);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value value && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Readable text where the bytes are UTF-8 without control characters, else hex after 0x. */
    @Override
    public String toString() {
        return Text.readable(bytes);
    }
}
