package dev.fencekv.client;

import java.util.random.RandomGenerator;

/** How long to wait before another attempt: doubling, capped, jittered. Stateless. */
final class Backoff {
    static final long FIRST_NANOS = 10_000_000;

    /** Low, because a new leader is there within a second and clients should find it then. */
    static final long MAX_NANOS = 200_000_000;

    private Backoff() {}

    /** Between half and all of {@code FIRST_NANOS * 2^retries}, capped. */
    static long nanos(int retries, RandomGenerator random) {
        long full = retries >= 5 ? MAX_NANOS : Math.min(MAX_NANOS, FIRST_NANOS << retries);
        return full / 2 + random.nextLong(full / 2 + 1);
    }
}
