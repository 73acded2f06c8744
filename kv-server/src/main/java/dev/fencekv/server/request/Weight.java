package dev.fencekv.server.request;

import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Reply;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What the answer to a read takes on the heap until it has left, in bytes, roughly: not less than
 * on the wire. Stateless.
 */
public final class Weight {
    /** A row without what varies. */
    private static final int ROW_BYTES = 256;

    private static final int WAITER_BYTES = 128;
    private static final int ENDED_GRANT_BYTES = 64;

    private Weight() {}

    /** 0 for what is not the answer to a read, or always small. */
    public static long of(Reply.Body body) {
        return switch (body.kind()) {
            case RECORD -> ((Reply.Found) body).record().value().length();
            case TRANSACTED -> sum(((Reply.Transacted) body).results(), Weight::of);
            case RANGE -> sum(((Reply.Range) body).rows(), Weight::of);
            case RECORDS -> sum(((Reply.Records) body).records(), Weight::of);
            case LOCKS -> sum(((Reply.Locks) body).locks(), Weight::of);
            case GUARDS -> sum(((Reply.Guards) body).guards(), Weight::of);
            case HOLDERS -> sum(((Reply.Holders) body).holders(), Weight::of);
            case GATES -> sum(((Reply.Gates) body).gates(), Weight::of);
            case SESSIONS -> sum(((Reply.Sessions) body).sessions(), Weight::of);
            case REJECTIONS -> sum(((Reply.Rejections) body).rejections(), Weight::of);
            case EVENTS -> sum(((Reply.Events) body).events(), Weight::of);
            case LOCK_EVENTS -> sum(((Reply.LockEvents) body).events(), Weight::of);
            case REJECTION_EVENTS -> sum(((Reply.RejectionEvents) body).events(), Weight::of);
            case NOTHING,
                    HELLO,
                    NODE_STATUS,
                    NODE_HEALTH,
                    MEMBERS,
                    NUMBER,
                    TTL,
                    SESSION_OPENED,
                    RENEWED,
                    TOKEN,
                    SETTINGS,
                    COMPACTED,
                    WATCHING,
                    FENCED,
                    CONDITION_FAILED,
                    NOT_LEADER,
                    CLOCK_SKEW,
                    MESSAGE,
                    SESSION_EXPIRED,
                    RESULT_GONE ->
                    0;
        };
    }

    private static <T> long sum(List<T> rows, ToLongFunction<T> weight) {
        return rows.stream().mapToLong(weight).sum();
    }

    static long of(OperationResult result) {
        return switch (result.kind()) {
            case PUT -> of(((OperationResult.Put) result).previous());
            case DELETE -> of(((OperationResult.Delete) result).previous());
            case GET -> of(((OperationResult.Get) result).record());
            case DELETE_RANGE, INCREMENT, APPEND, ACQUIRE, EXPIRE -> 0;
        };
    }

    static long of(RangeRow row) {
        return ROW_BYTES + row.key().length() + of(row.record());
    }

    static long of(Optional<Versioned> record) {
        return record.map(found -> (long) ROW_BYTES + found.value().length()).orElse(0L);
    }

    static long of(LockInfo lock) {
        return 2L * ROW_BYTES
                + (long) WAITER_BYTES * lock.queue().size()
                + (long) ENDED_GRANT_BYTES * lock.ended().size();
    }

    static long of(RecordEvent event) {
        return ROW_BYTES
                + event.key().length()
                + event.record().map(record -> record.value().length()).orElse(0)
                + event.previous().map(record -> record.value().length()).orElse(0);
    }

    static long of(LockEvent event) {
        return 2L * ROW_BYTES;
    }

    static long of(GuardInfo guard) {
        return ROW_BYTES + guard.guard().prefix().length();
    }

    static long of(HolderInfo holder) {
        return ROW_BYTES;
    }

    static long of(GateInfo gate) {
        return 3L * ROW_BYTES;
    }

    static long of(SessionInfo session) {
        return ROW_BYTES;
    }

    static long of(Rejection rejection) {
        return 2L * ROW_BYTES + rejection.key().map(Key::length).orElse(0);
    }
}
