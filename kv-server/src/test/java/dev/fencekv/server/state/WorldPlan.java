package dev.fencekv.server.state;

import java.util.EnumSet;
import java.util.Set;

/**
 * What may happen in a {@link SmallWorld}: the bounds that make its interleavings few enough to be
 * tried one and all.
 *
 * @param verbs what clients ask for
 * @param opened whether the clients begin with open sessions
 * @param openings how many sessions one client opens at most
 * @param commands how many commands one client sends at most
 * @param unsettled how many of them may be without an answer that was heard
 * @param delays whether a command may be on its way for any time before it is first applied
 * @param fineTime whether 100 ms may pass, ticks take or leave each renewal, and a leader sleep;
 *     else time passes only by {@link WorldStep.LongTime}
 * @param revokes whether an operator may revoke the grant
 * @param mistake made on purpose
 */
record WorldPlan(
        String name,
        Set<Verb> verbs,
        boolean opened,
        int openings,
        int commands,
        int unsettled,
        boolean delays,
        boolean fineTime,
        boolean revokes,
        Mistake mistake) {

    /** What a client asks for. */
    enum Verb {
        OPEN,
        /** Acquires the lock if it is free. */
        TRY,
        /** Acquires the lock, in its queue for {@link SmallWorld#WAIT_MS} if need be. */
        WAIT,
        /** Writes with the newest token it knows. */
        PUT,
        /** The same without a session: fenced by the token alone, and never sent twice. */
        LOOSE_PUT,
        /** Writes without a token to where the guard demands one. */
        BARE_PUT,
        /** Writes with the token that will be granted next. */
        FORGED_PUT,
        /** Gives the newest token it knows back. */
        RELEASE,
        CLOSE;

        boolean isPut() {
            return this == PUT || this == LOOSE_PUT || this == BARE_PUT || this == FORGED_PUT;
        }
    }

    /** What is wrong with a world on purpose, so that its invariants show that they can fail. */
    enum Mistake {
        NONE,
        /** Writes show no token, and no guard demands one: a lock service as most are. */
        WRITES_SHOW_NO_TOKEN,
        /** What a leader measured counts in full, in pieces that each stay below the cap. */
        TICKS_HAVE_NO_CAP,
        /** A new leader counts time that others may have counted before. */
        FIRST_TICK_COUNTS,
        /** What is sent again has a new sequence number. */
        RETRIES_ARE_NEW_COMMANDS,
        /** A client says that all it sent before is settled. */
        FLOOR_IS_TOO_HIGH
    }

    WorldPlan {
        verbs = Set.copyOf(verbs);
    }

    /** Who may write: locks that are waited for, given back, revoked and lost, over long times. */
    static final WorldPlan FENCING =
            new WorldPlan(
                    "fencing",
                    EnumSet.of(Verb.OPEN, Verb.TRY, Verb.WAIT, Verb.RELEASE, Verb.LOOSE_PUT),
                    true,
                    2,
                    3,
                    1,
                    false,
                    false,
                    true,
                    Mistake.NONE);

    /** What commands do that come late, in another order, or again. */
    static final WorldPlan LATE =
            new WorldPlan(
                    "late",
                    EnumSet.of(Verb.TRY, Verb.RELEASE, Verb.PUT, Verb.CLOSE),
                    true,
                    1,
                    4,
                    2,
                    true,
                    false,
                    false,
                    Mistake.NONE);

    /** How long sessions live: openings, renewals, ticks, sleeping and changing leaders. */
    static final WorldPlan SESSIONS =
            new WorldPlan(
                    "sessions",
                    EnumSet.of(Verb.OPEN, Verb.WAIT),
                    false,
                    2,
                    1,
                    1,
                    true,
                    true,
                    false,
                    Mistake.NONE);

    /** All of it at once. */
    static final WorldPlan EVERYTHING =
            new WorldPlan(
                    "everything",
                    EnumSet.allOf(Verb.class),
                    true,
                    2,
                    3,
                    2,
                    true,
                    true,
                    true,
                    Mistake.NONE);

    WorldPlan with(Mistake made) {
        return new WorldPlan(
                name + " but " + made,
                verbs,
                opened,
                openings,
                commands,
                unsettled,
                delays,
                fineTime,
                revokes,
                made);
    }

    /** The same with other bounds: so few that all there is can be explored. */
    WorldPlan bounded(int openingsMax, int commandsMax) {
        return new WorldPlan(
                name,
                verbs,
                opened,
                openingsMax,
                commandsMax,
                unsettled,
                delays,
                fineTime,
                revokes,
                mistake);
    }

    boolean has(Mistake one) {
        return mistake == one;
    }

    @Override
    public String toString() {
        return name;
    }
}
