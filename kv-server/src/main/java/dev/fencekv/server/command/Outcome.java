package dev.fencekv.server.command;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import java.util.List;

/**
 * What apply made of a command. A refusal is an outcome, never an exception.
 *
 * @param revision of the effect; for a refusal the state's revision after it
 * @param at the stamp of the effect; for a refusal the last applied one
 */
public record Outcome(Status status, long revision, HybridTimestamp at, Result result) {
    /** What an outcome says beyond its status. Codes never change. */
    public sealed interface Result {
        ResultKind kind();
    }

    public enum ResultKind {
        NOTHING(0),
        TOKEN(1),
        SESSION_OPENED(2),
        FENCED(3),
        CONDITION_FAILED(4),
        REFUSED(5),
        SESSION_EXPIRED(6),
        GONE(7),
        NUMBER(8),
        TRANSACTED(9);

        private final int code;

        ResultKind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws {@link NewerFormatException} for a code that this release does not know. */
        public static ResultKind ofCode(int code) {
            ResultKind[] kinds = values();
            if (code < 0 || code >= kinds.length) {
                throw new NewerFormatException(
                        "result kind " + code + " is not known to this release");
            }
            return kinds[code];
        }
    }

    public record Nothing() implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.NOTHING;
        }
    }

    /** The one instance that is needed. */
    public static final Result NOTHING = new Nothing();

    /** The grant that the command made, or found. */
    public record Token(FencingToken token) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.TOKEN;
        }
    }

    public record SessionOpened(SessionId session, long ttlMs) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.SESSION_OPENED;
        }
    }

    /**
     * @param violations the first {@link Limits#VIOLATIONS_PER_OUTCOME_MAX}
     * @param total how many there were
     */
    public record Fenced(List<FenceViolation> violations, int total) implements Result {
        public Fenced {
            violations = List.copyOf(violations);
        }

        @Override
        public ResultKind kind() {
            return ResultKind.FENCED;
        }
    }

    /**
     * @param actualRevision the modify revision that the key has; 0 if it is absent
     */
    public record ConditionFailed(long actualRevision) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.CONDITION_FAILED;
        }
    }

    /**
     * @param number what the reason says it is; 0 if it has none
     */
    public record Refused(RefusalReason reason, long number) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.REFUSED;
        }
    }

    /**
     * @param outcomesGone whether what the session did before can no longer be told
     */
    public record SessionExpired(boolean outcomesGone) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.SESSION_EXPIRED;
        }
    }

    /** What the number, or the length of the value, became. */
    public record Number(long number) implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.NUMBER;
        }
    }

    /**
     * What a transaction did.
     *
     * @param succeeded whether all its comparisons held
     * @param results of the branch that was done, in the order of its operations
     */
    public record Transacted(boolean succeeded, List<OperationResult> results) implements Result {
        public Transacted {
            results = List.copyOf(results);
        }

        @Override
        public ResultKind kind() {
            return ResultKind.TRANSACTED;
        }
    }

    /** There was a result, too large to be kept for a retry. */
    public record Gone() implements Result {
        @Override
        public ResultKind kind() {
            return ResultKind.GONE;
        }
    }

    /** The one instance that is needed. */
    public static final Result GONE = new Gone();
}
