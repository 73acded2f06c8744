package dev.fencekv.server.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A fast 64-bit hash of bytes that is the same on every machine and JVM: folded 128-bit products,
 * as in wyhash. Not a defence against forgers. Stateless.
 */
final class Hash64 {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final long P0 = 0xa0761d6478bd642fL;
    private static final long P1 = 0xe7037ed1a0b428dbL;
    private static final long P2 = 0x8ebc6af09c88c6e3L;
    private static final long P3 = 0x589965cc75374cc3L;

    private Hash64() {}

    /** Hashes the first {@code length} bytes; different seeds give unrelated hashes. */
    static long of(long seed, byte[] bytes, int length) {
        long hash = fold(seed ^ P0, P1);
        int at = 0;
        for (; length - at >= 16; at += 16) {
            hash = fold((long) LONGS.get(bytes, at) ^ P1, (long) LONGS.get(bytes, at + 8) ^ hash);
        }
        long high = 0;
        long low = 0;
        for (; at < length; at++) {
            high = high << 8 | low >>> 56;
            low = low << 8 | (bytes[at] & 0xff);
        }
        hash = fold(high ^ P2, low ^ hash);
        return fold(hash ^ P3, length ^ P1);
    }

    /** The factors are mixed in again: else one that is 0 would undo the other. */
    private static long fold(long a, long b) {
        long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
        return high ^ (a * b) ^ a ^ b;
    }
}
