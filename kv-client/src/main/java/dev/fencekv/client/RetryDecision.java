package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * What a client does with the answer to one attempt: the status table of the protocol as a
 * function. Outcomes of apply settle the command. All other statuses speak for one attempt: they
 * settle the command only if no earlier attempt could have been proposed.
 */
enum RetryDecision {
    /** The reply is the answer. */
    SETTLE,
    /** The attempt was refused, but an earlier one may have applied: nobody will tell. */
    REPORT_UNKNOWN,
    /** Not proposed: ask the leader that the reply names, or find one. */
    REDIRECT,
    /** Not proposed: ask the same node later. */
    RETRY_LATER,
    /** May have been proposed: ask again with the same sequence number. */
    ASK_AGAIN,
    /** This node cannot answer; another one might. */
    TRY_ANOTHER_NODE,
    /** Refused for the stamp that went with it: send the one that the refusal carries. */
    LOWER_STAMP;

    /** How often a request may be sent. */
    enum Repeat {
        /** Twice does no more than once: reads, renewals, opening by a nonce. */
        FREELY,
        /** Deduplicated by (session, sequence). */
        BY_SEQUENCE,
        /** A write without a session: never again once it may have been proposed. */
        NEVER,
        /**
         * Deduplicated; and only a refusal that can never pass, or the session's end, is an answer.
         */
        UNTIL_SETTLED
    }

    /**
     * @param outcomesGone of SESSION_EXPIRED: whether the session's outcomes are forgotten
     * @param mayHaveBeenProposed whether any earlier attempt could have been proposed
     */
    static RetryDecision of(
            Status status, boolean outcomesGone, boolean mayHaveBeenProposed, Repeat repeat) {
        return switch (status) {
            // From apply alone: they speak for the command, whichever attempt it was.
            case OK, CONDITION_FAILED, NOT_FOUND, LOCK_BUSY, QUEUED, FENCED, QUOTA_EXCEEDED ->
                    SETTLE;
            case CLOCK_SKEW ->
                    repeat == Repeat.UNTIL_SETTLED
                            ? LOWER_STAMP
                            : refused(mayHaveBeenProposed, repeat);
            case TOO_LARGE, INVALID_ARGUMENT, UNSUPPORTED, UNAUTHENTICATED, FORBIDDEN, DUPLICATE ->
                    refused(mayHaveBeenProposed, repeat);
            // An ended session whose outcomes are kept would have found the command's, and nothing
            // applies for it any more.
            case SESSION_EXPIRED -> refused(mayHaveBeenProposed && outcomesGone, repeat);
            case COMPACTED ->
                    repeat == Repeat.FREELY
                            ? TRY_ANOTHER_NODE
                            : refused(mayHaveBeenProposed, repeat);
            case NOT_LEADER -> notProposed(REDIRECT, mayHaveBeenProposed, repeat);
            case UNAVAILABLE, OVERLOADED, TOO_MANY_IN_FLIGHT ->
                    notProposed(RETRY_LATER, mayHaveBeenProposed, repeat);
            case OUTCOME_UNKNOWN -> unknown(repeat);
        };
    }

    /** The connection went while the attempt was under way. */
    static RetryDecision ofLostConnection(Repeat repeat) {
        return unknown(repeat);
    }

    private static RetryDecision refused(boolean mayHaveBeenProposed, Repeat repeat) {
        return switch (repeat) {
            case FREELY, UNTIL_SETTLED -> SETTLE;
            case BY_SEQUENCE, NEVER -> mayHaveBeenProposed ? REPORT_UNKNOWN : SETTLE;
        };
    }

    private static RetryDecision notProposed(
            RetryDecision again, boolean mayHaveBeenProposed, Repeat repeat) {
        return mayHaveBeenProposed && repeat == Repeat.NEVER ? REPORT_UNKNOWN : again;
    }

    private static RetryDecision unknown(Repeat repeat) {
        return switch (repeat) {
            case FREELY -> TRY_ANOTHER_NODE;
            case BY_SEQUENCE, UNTIL_SETTLED -> ASK_AGAIN;
            case NEVER -> REPORT_UNKNOWN;
        };
    }
}
