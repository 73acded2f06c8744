package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A key: 1 to {@link Limits#KEY_BYTES_MAX} bytes of any content, ordered as unsigned bytes.
 * Immutable: copies what it is given and never hands its array out.
 */
public final class Key implements Comparable<Key> {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final int hash;

    private Key(byte[] owned) {
        Check.inRange(1, Limits.KEY_BYTES_MAX, owned.length, "key length in bytes");
        this.bytes = owned;
        this.hash = hashOf(owned);
    }

    /**
     * Not {@link Arrays#hashCode}: keys often end in a binary number, and by that of 100 000
     * consecutive ones ten each would share a hash.
     */
    private static int hashOf(byte[] bytes) {
        long hash = bytes.length;
        int at = 0;
        for (; bytes.length - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash ^ (long) LONGS.get(bytes, at));
        }
        long tail = 0;
        for (; at < bytes.length; at++) {
            tail = tail << 8 | (bytes[at] & 0xff);
        }
        return (int) mix(hash ^ tail);
    }

    private static long mix(long word) {
        long product = word * 0x9e3779b97f4a7c15L;
        return product ^ product >>> 32;
    }

    public static Key copyOf(byte[] bytes) {
        return new Key(bytes.clone());
    }

    /** Copies {@code length} bytes from {@code offset}. */
    public static Key copyOf(byte[] bytes, int offset, int length) {
        return new Key(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** Takes the next {@code length} bytes of {@code source}, advancing it. */
    public static Key readFrom(ByteBuffer source, int length) {
        Check.inRange(1, Limits.KEY_BYTES_MAX, length, "key length in bytes");
        byte[] bytes = new byte[length];
        source.get(bytes);
        return new Key(bytes);
    }

    /** The UTF-8 bytes of {@code text}. */
    public static Key of(String text) {
        return new Key(text.getBytes(StandardCharsets.UTF_8));
    }

    public int length() {
        return bytes.length;
    }

    public byte byteAt(int index) {
        return bytes[index];
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

    public boolean startsWith(Key prefix) {
        return bytes.length >= prefix.bytes.length
                && commonPrefixLength(prefix) == prefix.bytes.length;
    }

    /** How many leading bytes this key and {@code other} share. */
    public int commonPrefixLength(Key other) {
        int mismatch = Arrays.mismatch(bytes, other.bytes);
        return mismatch < 0 ? bytes.length : mismatch;
    }

    /** The first {@code length} bytes as a key. */
    public Key prefix(int length) {
        return new Key(Arrays.copyOf(bytes, length));
    }

    /** The lowest key above this one; empty if this is the highest key that there can be. */
    public Optional<Key> successor() {
        return bytes.length < Limits.KEY_BYTES_MAX
                ? Optional.of(new Key(Arrays.copyOf(bytes, bytes.length + 1)))
                : prefixEnd();
    }

    /** The lowest key above all that start with this one; empty if there can be none. */
    public Optional<Key> prefixEnd() {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == (byte) 0xff) {
            length--;
        }
        if (length == 0) {
            return Optional.empty();
        }
        byte[] end = Arrays.copyOf(bytes, length);
        end[length - 1]++;
        return Optional.of(new Key(end));
    }

    @Override
    public int compareTo(Key other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    /** As {@link #compareTo(Key)} with the key that lies in {@code others[from, to)}. */
    public int compareTo(byte[] others, int from, int to) {
        return Arrays.compareUnsigned(bytes, 0, bytes.length, others, from, to);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Key key && hash == key.hash && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Readable text where the bytes are UTF-8 without control characters, else hex after 0x. */
    @Override
    public String toString() {
        return Text.readable(bytes);
    }
}
