package dev.fencekv.server.state;

/**
 * A hash of numbers in their order, made to be used again. States are told apart by nothing else:
 * among ten million of them two are taken for one with a chance of one in three hundred thousand.
 */
final class Fingerprint {
    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

    private long hash;

    Fingerprint clear() {
        hash = MULTIPLIER;
        return this;
    }

    void put(long number) {
        long mixed = (hash ^ number) * MULTIPLIER;
        mixed = (mixed ^ mixed >>> 32) * MULTIPLIER;
        hash = mixed ^ mixed >>> 29;
    }

    void put(boolean flag) {
        put(flag ? 1 : 0);
    }

    long value() {
        return hash;
    }
}
