package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.time.Duration;
import java.util.Optional;

/** One thing that a transaction does. Immutable. */
public sealed interface Operation {
    /** Codes never change; an operation and its result share one. */
    enum Kind {
        PUT(1),
        DELETE(2),
        DELETE_RANGE(3),
        GET(4),
        INCREMENT(5),
        APPEND(6),
        ACQUIRE(7),
        EXPIRE(8);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws IllegalArgumentException for an unknown code. */
        public static Kind ofCode(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("no operation has the code " + code);
        }
    }

    /** {@code ttlMs} of a key that does not end by time. */
    long NEVER = 0;

    Kind kind();

    /** The key it names; empty if it names a range or none. */
    default Optional<Key> subject() {
        return Optional.empty();
    }

    /** Whether it changes its key, or when that ends: what guards are asked about. */
    default boolean writes() {
        return true;
    }

    /** Whether it can only be done within a session. */
    default boolean needsSession() {
        return false;
    }

    /** Writes a key. */
    static Put put(Key key, Value value) {
        return new Put(key, value, false, NEVER, false);
    }

    /** Removes a key. */
    static Delete delete(Key key) {
        return new Delete(key, false);
    }

    /** Removes all keys of a range. */
    static DeleteRange deleteRange(KeyRange range) {
        return new DeleteRange(range);
    }

    /** Reads a key. */
    static Get get(Key key) {
        return new Get(key);
    }

    /** Adds to the whole number that a key's value is. */
    static Increment increment(Key key, long delta) {
        return new Increment(key, delta);
    }

    /** Adds bytes to the end of a key's value. */
    static Append append(Key key, Value value) {
        return new Append(key, value);
    }

    /**
     * Lets a key end by time, from now on.
     *
     * @param ttl {@link Limits#KEY_TTL_MS_MIN} to {@link Limits#KEY_TTL_MS_MAX}
     */
    static Expire expire(Key key, Duration ttl) {
        return new Expire(key, Limits.keyTtlMs(ttl));
    }

    /** Takes a key's TTL away. */
    static Expire persist(Key key) {
        return new Expire(key, NEVER);
    }

    private static void checkTtl(long ttlMs) {
        if (ttlMs != NEVER) {
            Limits.checkKeyTtl(ttlMs);
        }
    }

    /**
     * Writes a key. Like every put it takes away the TTL that the key had.
     *
     * @param ephemeral whether the key belongs to the session and ends with it
     * @param ttlMs {@link #NEVER}, or how long the key lives at least, in milliseconds of lease
     *     time: {@link Limits#KEY_TTL_MS_MIN} to {@link Limits#KEY_TTL_MS_MAX}
     * @param returnPrevious whether the result has the record that was there before
     */
    record Put(Key key, Value value, boolean ephemeral, long ttlMs, boolean returnPrevious)
            implements Operation {
        public Put {
            checkTtl(ttlMs);
        }

        /** The key belongs to the client's session and ends with it. */
        public Put asEphemeral() {
            return new Put(key, value, true, ttlMs, returnPrevious);
        }

        /**
         * The key ends by itself.
         *
         * @param ttl {@link Limits#KEY_TTL_MS_MIN} to {@link Limits#KEY_TTL_MS_MAX}
         */
        public Put withTtl(Duration ttl) {
            return new Put(key, value, ephemeral, Limits.keyTtlMs(ttl), returnPrevious);
        }

        /** The result has what was there. */
        public Put returningPrevious() {
            return new Put(key, value, ephemeral, ttlMs, true);
        }

        @Override
        public Kind kind() {
            return Kind.PUT;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }

        @Override
        public boolean needsSession() {
            return ephemeral;
        }
    }

    /**
     * Removes a key; nothing happens if it is absent.
     *
     * @param returnPrevious whether the result has the record that was there before
     */
    record Delete(Key key, boolean returnPrevious) implements Operation {
        /** The result has what was there. */
        public Delete returningPrevious() {
            return new Delete(key, true);
        }

        @Override
        public Kind kind() {
            return Kind.DELETE;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }
    }

    /**
     * Removes all keys of a range, up to {@link Limits#KEYS_PER_COMMAND_MAX} with all that the
     * transaction writes, and up to {@link Limits#DELETED_RANGE_BYTES_MAX} bytes of values in all
     * its ranges: if there are more, the whole transaction is refused.
     */
    record DeleteRange(KeyRange range) implements Operation {
        @Override
        public Kind kind() {
            return Kind.DELETE_RANGE;
        }
    }

    /** Reads a key, and how long it lives on. */
    record Get(Key key) implements Operation {
        @Override
        public Kind kind() {
            return Kind.GET;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }

        @Override
        public boolean writes() {
            return false;
        }
    }

    /** Adds to the whole number that a key's value is in decimal; an absent key counts as 0. */
    record Increment(Key key, long delta) implements Operation {
        @Override
        public Kind kind() {
            return Kind.INCREMENT;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }

        @Override
        public boolean needsSession() {
            return true;
        }
    }

    /** Adds bytes to the end of a key's value; an absent key counts as empty. */
    record Append(Key key, Value value) implements Operation {
        @Override
        public Kind kind() {
            return Kind.APPEND;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }

        @Override
        public boolean needsSession() {
            return true;
        }
    }

    /**
     * Acquires a lock for (session, owner) if nobody else holds it or waits for it; else the whole
     * transaction is refused. What the branch writes is then written under the token granted, for
     * the lock's guards too.
     *
     * @param owner chosen by the client within its session
     * @param lockDelayMs how long the lock stays closed after this grant expires; 0: not at all
     */
    record Acquire(LockName lock, long owner, long lockDelayMs) implements Operation {
        public Acquire {
            Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelayMs, "lockDelayMs");
        }

        @Override
        public Kind kind() {
            return Kind.ACQUIRE;
        }

        @Override
        public boolean writes() {
            return false;
        }

        @Override
        public boolean needsSession() {
            return true;
        }
    }

    /**
     * Says when a key ends, without writing it: its revisions stay as they are. Nothing happens if
     * it is absent.
     *
     * @param ttlMs {@link #NEVER}, or how long the key lives at least from now on, as in {@link
     *     Put}
     */
    record Expire(Key key, long ttlMs) implements Operation {
        public Expire {
            checkTtl(ttlMs);
        }

        @Override
        public Kind kind() {
            return Kind.EXPIRE;
        }

        @Override
        public Optional<Key> subject() {
            return Optional.of(key);
        }
    }
}
