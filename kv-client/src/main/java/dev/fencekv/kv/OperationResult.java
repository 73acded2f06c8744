package dev.fencekv.kv;

import java.util.Optional;

/** What an {@link Operation} of a transaction found or made. Immutable. */
public sealed interface OperationResult {
    /** The kind of the operation that it is the result of. */
    Operation.Kind kind();

    /**
     * @param previous the record that was there, if that was asked for and there was one
     */
    record Put(Optional<Versioned> previous) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.PUT;
        }
    }

    /**
     * @param deleted false if the key was absent
     * @param previous the record that was there, if that was asked for and there was one
     */
    record Delete(boolean deleted, Optional<Versioned> previous) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.DELETE;
        }
    }

    /**
     * @param deleted how many keys there were
     */
    record DeleteRange(long deleted) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.DELETE_RANGE;
        }
    }

    /**
     * @param record empty if the key is absent
     * @param remainingMs how long the key lives on at least, in milliseconds of lease time; {@link
     *     Operation#NEVER} if it does not end by time
     */
    record Get(Optional<Versioned> record, long remainingMs) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.GET;
        }
    }

    /**
     * @param number the sum
     */
    record Increment(long number) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.INCREMENT;
        }
    }

    /**
     * @param number the value's new length in bytes
     */
    record Append(long number) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.APPEND;
        }
    }

    /**
     * @param token of the grant that was made, or that (session, owner) had
     */
    record Acquire(FencingToken token) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.ACQUIRE;
        }
    }

    /**
     * @param found false if the key is absent
     */
    record Expire(boolean found) implements OperationResult {
        @Override
        public Operation.Kind kind() {
            return Operation.Kind.EXPIRE;
        }
    }
}
