package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;

/** What kvcli's exit codes mean. The numbers never change: scripts rely on them. */
enum ExitCode {
    OK(0),
    /** The store said no: not found, condition failed, fenced, lock busy. */
    NEGATIVE(1),
    USAGE(2),
    /** Nobody could serve it, or nobody knows whether it applied. */
    UNAVAILABLE(3),
    AUTH(4),
    /** The lock was lost while the command ran. */
    LOCK_LOST(5),
    /** As shells say: found, but not executable. */
    CANNOT_EXECUTE(126),
    /** As shells say. */
    COMMAND_NOT_FOUND(127),
    /** As shells say of what Ctrl-C has ended. */
    STOPPED(130);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static ExitCode of(FenceKvException failure) {
        return switch (failure.status()) {
            case OK -> OK;
            case CONDITION_FAILED,
                    NOT_FOUND,
                    LOCK_BUSY,
                    QUEUED,
                    FENCED,
                    QUOTA_EXCEEDED,
                    CLOCK_SKEW,
                    DUPLICATE,
                    COMPACTED ->
                    NEGATIVE;
            case TOO_LARGE, INVALID_ARGUMENT, UNSUPPORTED -> USAGE;
            case NOT_LEADER,
                    UNAVAILABLE,
                    OUTCOME_UNKNOWN,
                    OVERLOADED,
                    SESSION_EXPIRED,
                    TOO_MANY_IN_FLIGHT ->
                    UNAVAILABLE;
            case UNAUTHENTICATED, FORBIDDEN -> AUTH;
        };
    }

    /** What the user can do about it; a sentence. */
    static String advice(FenceKvException failure) {
        return switch (failure.status()) {
            case OK, NOT_FOUND, QUEUED -> "";
            case CONDITION_FAILED -> "Read the key again and decide.";
            case LOCK_BUSY -> "Wait longer (--wait), or see who holds it: kvcli lock inspect.";
            case FENCED -> "Stop, or acquire the lock again and start over.";
            case QUOTA_EXCEEDED -> "Delete something, or raise the quota: kvcli setting list.";
            case CLOCK_SKEW -> "Check the clocks of the nodes and of this machine.";
            case TOO_LARGE, INVALID_ARGUMENT, UNSUPPORTED -> "Correct the request.";
            case NOT_LEADER, UNAVAILABLE, OVERLOADED, TOO_MANY_IN_FLIGHT ->
                    "Nothing was changed. Check --endpoints and that the nodes run, then repeat.";
            case OUTCOME_UNKNOWN -> "It may or may not have applied: look before you repeat it.";
            case SESSION_EXPIRED, DUPLICATE -> "Repeat it.";
            case COMPACTED -> "That history is gone; read the present state.";
            case UNAUTHENTICATED -> "Show the credentials that the cluster asks for.";
            case FORBIDDEN -> "Ask an administrator for the role.";
        };
    }
}
