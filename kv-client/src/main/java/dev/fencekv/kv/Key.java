package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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

    @Override
    public int compareTo(Key other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
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
