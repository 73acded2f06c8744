package dev.fencekv.kv;

import dev.fencekv.check.Check;

/** A token shown with a write or a read: "I hold {@code lock} by {@code token}". */
public record Fence(LockName lock, FencingToken token) {
    public Fence {
        Check.argument(!token.isNone(), "a fence must show a token above 0");
    }

    /** Reads {@code LOCK:TOKEN}; the lock name may itself contain colons. */
    public static Fence parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("not a fence (want LOCK:TOKEN): " + text);
        }
        return new Fence(
                new LockName(text.substring(0, colon)),
                FencingToken.parse(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return lock + ":" + token;
    }
}
