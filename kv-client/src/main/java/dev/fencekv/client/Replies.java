package dev.fencekv.client;

import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settled replies to results, or to the exception that says what they are instead. Stateless. */
final class Replies {
    private Replies() {}

    static WriteResult write(Reply reply) {
        boolean nothingThere = reply.status() == Status.NOT_FOUND;
        if (reply.status() != Status.OK && !nothingThere) {
            throw exception(reply);
        }
        return new WriteResult(!nothingThere, reply.revision(), reply.stamp());
    }

    static NumberResult number(Reply reply) {
        Reply.Number number = body(reply, Reply.Number.class);
        return new NumberResult(number.number(), reply.revision(), reply.stamp());
    }

    static TransactionResult transaction(Reply reply) {
        Reply.Transacted transacted = transacted(reply);
        return new TransactionResult(
                transacted.succeeded(), transacted.results(), reply.revision(), reply.stamp());
    }

    private static Reply.Transacted transacted(Reply reply) {
        if (reply.status() == Status.OK && reply.body() instanceof Reply.ResultGone) {
            throw new ResultGoneException(reply.revision(), reply.stamp());
        }
        return body(reply, Reply.Transacted.class);
    }

    /** Of a transaction that does one thing if a condition holds, and else reads the key. */
    static WriteResult onlyOperation(Reply reply) {
        Reply.Transacted transacted = transacted(reply);
        OperationResult result = transacted.results().get(0);
        if (!transacted.succeeded()) {
            Optional<Versioned> there = ((OperationResult.Get) result).record();
            throw new ConditionFailedException(there.map(Versioned::modifyRevision).orElse(0L));
        }
        return switch (result.kind()) {
            case PUT -> written(reply, true, ((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                yield written(reply, delete.deleted(), delete.previous());
            }
            case EXPIRE ->
                    written(reply, ((OperationResult.Expire) result).found(), Optional.empty());
            case DELETE_RANGE, GET, INCREMENT, APPEND, ACQUIRE ->
                    throw new AssertionError(result.kind());
        };
    }

    /** Of a transaction that deletes one range. */
    static NumberResult deletedRange(Reply reply) {
        OperationResult.DeleteRange range =
                (OperationResult.DeleteRange) transacted(reply).results().get(0);
        return new NumberResult(range.deleted(), reply.revision(), reply.stamp());
    }

    private static WriteResult written(Reply reply, boolean changed, Optional<Versioned> previous) {
        return new WriteResult(changed, reply.revision(), reply.stamp(), previous);
    }

    static TtlResult ttl(Reply reply) {
        if (reply.status() == Status.NOT_FOUND) {
            return new TtlResult(false, Optional.empty(), reply.revision(), reply.stamp());
        }
        long remainingMs = body(reply, Reply.Ttl.class).remainingMs();
        return new TtlResult(
                true,
                remainingMs == Operation.NEVER
                        ? Optional.empty()
                        : Optional.of(Duration.ofMillis(remainingMs)),
                reply.revision(),
                reply.stamp());
    }

    static ReadResult read(Reply reply) {
        if (reply.status() == Status.NOT_FOUND) {
            return new ReadResult(Optional.empty(), reply.revision(), reply.stamp(), 0);
        }
        Reply.Found found = body(reply, Reply.Found.class);
        return new ReadResult(
                Optional.of(found.record()), reply.revision(), reply.stamp(), found.ageMs());
    }

    static Optional<LockInfo> lock(Reply reply) {
        if (reply.status() == Status.NOT_FOUND) {
            return Optional.empty();
        }
        List<LockInfo> locks = body(reply, Reply.Locks.class).locks();
        return locks.stream().findFirst();
    }

    /** The body of an OK reply; throws the exception that the reply stands for otherwise. */
    static <T extends Reply.Body> T body(Reply reply, Class<T> type) {
        if (reply.status() != Status.OK) {
            throw exception(reply);
        }
        if (!type.isInstance(reply.body())) {
            throw new FenceKvException(
                    Status.UNSUPPORTED,
                    "the node answered "
                            + reply.opcode()
                            + " with a body of kind "
                            + reply.body().kind()
                            + ", which this client does not understand");
        }
        return type.cast(reply.body());
    }

    /** What a reply that is not OK is to the caller. */
    static FenceKvException exception(Reply reply) {
        return switch (reply.body().kind()) {
            case FENCED -> {
                Reply.Fenced fenced = (Reply.Fenced) reply.body();
                yield new FencedException(fenced.violations(), fenced.total());
            }
            case CONDITION_FAILED ->
                    new ConditionFailedException(
                            ((Reply.ConditionFailed) reply.body()).actualRevision());
            case MESSAGE ->
                    plain(reply, reply.status() + ": " + ((Reply.Message) reply.body()).text());
            case CLOCK_SKEW -> {
                Reply.ClockSkew skew = (Reply.ClockSkew) reply.body();
                yield plain(
                        reply,
                        "CLOCK_SKEW: this client has seen the stamp "
                                + skew.received()
                                + ", too far ahead of the leader's clock at "
                                + skew.nodeMillis()
                                + " ms; check the clocks");
            }
            case COMPACTED -> {
                long oldest = ((Reply.Compacted) reply.body()).oldestRevision();
                yield new CompactedException(oldest);
            }
            case NOTHING,
                    HELLO,
                    NODE_STATUS,
                    NODE_HEALTH,
                    MEMBERS,
                    NUMBER,
                    WATCHING,
                    LOCK_EVENTS,
                    REJECTION_EVENTS,
                    EVENTS,
                    TRANSACTED,
                    TTL,
                    RANGE,
                    RECORDS,
                    RECORD,
                    SESSION_OPENED,
                    RENEWED,
                    TOKEN,
                    LOCKS,
                    GUARDS,
                    GATES,
                    HOLDERS,
                    SESSIONS,
                    REJECTIONS,
                    SETTINGS,
                    NOT_LEADER,
                    SESSION_EXPIRED,
                    RESULT_GONE ->
                    plain(reply, reply.opcode() + " was answered " + reply.status());
        };
    }

    private static FenceKvException plain(Reply reply, String message) {
        return switch (reply.status()) {
            case COMPACTED -> new CompactedException(message);
            case OUTCOME_UNKNOWN -> new OutcomeUnknownException(message);
            case UNAVAILABLE, OVERLOADED, NOT_LEADER -> new UnavailableException(message);
            case FENCED -> new FencedException(List.of(), 0);
            case CONDITION_FAILED ->
                    reply.opcode() == Opcode.SET_GUARD
                            ? new ConditionFailedException(
                                    "nobody ever had the guard's lock alone, so that every write"
                                            + " under it would be refused; arm it with force, or"
                                            + " acquire the lock first")
                            : reply.body() instanceof Reply.Message said
                                    ? new ConditionFailedException(said.text())
                                    : new ConditionFailedException(0);
            case SESSION_EXPIRED ->
                    new SessionExpiredException("the session is over; the command was not applied");
            case LOCK_BUSY -> new LockBusyException(message);
            case OK,
                    NOT_FOUND,
                    QUEUED,
                    TOO_LARGE,
                    QUOTA_EXCEEDED,
                    INVALID_ARGUMENT,
                    UNSUPPORTED,
                    CLOCK_SKEW,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    DUPLICATE,
                    TOO_MANY_IN_FLIGHT ->
                    new FenceKvException(reply.status(), message);
        };
    }
}
