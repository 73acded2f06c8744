package dev.fencekv.server.store;

import java.nio.ByteBuffer;

/**
 * SipHash-2-4 of bytes, under a seed that clients do not know. Not a plain seeded hash: the likes
 * of xxHash and Murmur have collisions that hold for every seed, and keys are chosen by clients.
 *
 * <p>Immutable.
 */
final class SeededHash {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final long key0;
    private final long key1;

    SeededHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** Stretches one seed to the two words that SipHash wants. */
    static SeededHash of(long seed) {
        return new SeededHash(mix(seed + GOLDEN_GAMMA), mix(seed + 2 * GOLDEN_GAMMA));
    }

    /** Of {@code length} bytes from {@code from} in a little-endian buffer. */
    long hash(ByteBuffer bytes, int from, int length) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        int wholeWords = length / Long.BYTES;
        for (int word = 0; word <= wholeWords; word++) {
            int at = from + word * Long.BYTES;
            long m =
                    word < wholeWords
                            ? bytes.getLong(at)
                            : tail(bytes, at, length % Long.BYTES) | (long) length << 56;
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        v2 ^= 0xff;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long tail(ByteBuffer bytes, int from, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (bytes.get(from + i) & 0xffL) << 8 * i;
        }
        return word;
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
