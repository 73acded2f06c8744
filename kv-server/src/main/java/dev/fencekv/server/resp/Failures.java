package dev.fencekv.server.resp;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.kv.Status;
import java.util.concurrent.CompletionException;

/**
 * What went wrong, as an error whose first word says what to do: the name of the status, as
 * everywhere; {@code ERR} where the command makes no sense. Stateless.
 */
final class Failures {
    private Failures() {}

    static RespReply.Error error(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof RefusedException refused) {
            return new RespReply.Error(String.valueOf(refused.getMessage()));
        }
        if (cause instanceof FenceKvException known) {
            return new RespReply.Error(text(known));
        }
        if (cause instanceof IllegalArgumentException) {
            return new RespReply.Error("ERR " + cause.getMessage());
        }
        if (cause instanceof IllegalStateException) {
            return new RespReply.Error("UNAVAILABLE not applied: " + cause.getMessage());
        }
        return new RespReply.Error(
                "OUTCOME_UNKNOWN internal error, see the log of this node: "
                        + cause.getClass().getSimpleName());
    }

    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Whether it is one of those that the client is expected to live with. */
    static boolean isExpected(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof RefusedException
                || cause instanceof FenceKvException
                || cause instanceof IllegalArgumentException
                || cause instanceof IllegalStateException;
    }

    private static String text(FenceKvException failure) {
        Status status = failure.status();
        return status.name() + " " + meaning(status) + withoutStatus(failure);
    }

    private static String meaning(Status status) {
        return switch (status) {
            case OUTCOME_UNKNOWN -> "may or may not have been applied, read before you repeat it: ";
            case UNAVAILABLE, OVERLOADED, NOT_LEADER -> "not applied: ";
            case OK,
                    FENCED,
                    CONDITION_FAILED,
                    NOT_FOUND,
                    LOCK_BUSY,
                    QUEUED,
                    TOO_LARGE,
                    QUOTA_EXCEEDED,
                    INVALID_ARGUMENT,
                    UNSUPPORTED,
                    CLOCK_SKEW,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    SESSION_EXPIRED,
                    DUPLICATE,
                    TOO_MANY_IN_FLIGHT,
                    COMPACTED ->
                    "";
        };
    }

    /** Some messages begin with the name of their status. */
    private static String withoutStatus(FenceKvException failure) {
        String message = String.valueOf(failure.getMessage());
        String name = failure.status().name();
        return message.startsWith(name)
                ? message.substring(name.length()).replaceFirst("^[: ]+", "")
                : message;
    }
}
