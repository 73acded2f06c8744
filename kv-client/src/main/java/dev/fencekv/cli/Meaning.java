package dev.fencekv.cli;

import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rejection means, and what to do about it.
 *
 * @param text what it means, a sentence each
 * @param advice what to do, a sentence each
 */
record Meaning(List<String> text, List<String> advice) {
    private static final String START_OVER =
            "The writer must stop, or acquire the lock again, read again and start over.";

    private static final String LONGER_TTL =
            "If holders are often paused for so long, give them a longer session TTL.";

    private static final String LAST_MAY_FINISH =
            "If the last holder may finish as long as nobody else is granted the lock, set the guard's"
                    + " rule to monotone.";

    Meaning {
        text = List.copyOf(text);
        advice = List.copyOf(advice);
    }

    /** {@code holder}: the session with the live token, as text; not used if there is none. */
    static Meaning of(Rejection rejection, String holder) {
        FenceViolation violation = rejection.violation();
        boolean isWrite = rejection.key().isPresent();
        List<String> text = new ArrayList<>();
        text.add(whatItWas(violation, isWrite ? "writer" : "holder", holder));
        text.addAll(cause(violation, isWrite));
        text.add(consequence(rejection.enforced(), isWrite));
        List<String> advice = new ArrayList<>();
        if (!rejection.enforced()) {
            advice.add("Correct the writer before the guard enforces.");
        }
        advice.addAll(isWrite ? advice(violation) : adviceOnRelease(violation));
        return new Meaning(text, advice);
    }

    private static String whatItWas(FenceViolation violation, String who, String holder) {
        String token = "token " + violation.shown();
        return switch (violation.reason()) {
            case SUPERSEDED ->
                    stale(violation, who) + ", and " + grantedSince(violation, holder) + ".";
            case EXPIRED, RELEASED, REVOKED ->
                    stale(violation, who) + "; nobody was granted the lock since.";
            case UNKNOWN_TOKEN ->
                    "A token from elsewhere: no grant, live or remembered, has " + token + ".";
            case WRONG_LOCK ->
                    "A mix-up: " + token + " is of another lock than " + violation.lock() + ".";
            case FENCE_REQUIRED ->
                    !violation.shown().isNone()
                            ? "One of several holders: "
                                    + token
                                    + " is of a reader or a permit, which prove that it is held, not"
                                    + " that nobody else writes."
                            : "A "
                                    + who
                                    + " that goes around lock "
                                    + violation.lock()
                                    + ": it showed no token of it.";
        };
    }

    private static String stale(FenceViolation violation, String who) {
        String token = "token " + violation.shown();
        FenceReason how = violation.ended().orElse(violation.reason());
        return switch (how) {
            case EXPIRED -> "A zombie " + who + ": the lease of " + token + " had ended";
            case RELEASED -> "A late " + who + ": " + token + " had been given back";
            case REVOKED -> "A deposed " + who + ": " + token + " had been revoked";
            case SUPERSEDED, UNKNOWN_TOKEN, WRONG_LOCK, FENCE_REQUIRED ->
                    "A stale " + who + ": the grant of " + token + " had ended";
        };
    }

    private static String grantedSince(FenceViolation violation, String holder) {
        if (!violation.live().isNone()) {
            return holder + " was granted token " + violation.live();
        }
        String last = violation.successor().value();
        return "the lock was granted again" + (last.isEmpty() ? "" : ", last to " + last);
    }

    /** How it comes to that, as far as the reason tells. */
    private static List<String> cause(FenceViolation violation, boolean isWrite) {
        FenceReason how = violation.ended().orElse(violation.reason());
        return switch (how) {
            case EXPIRED ->
                    List.of(
                            "The holder was paused or cut off past its lease, and went on as if it still"
                                    + " held the lock.");
            case RELEASED ->
                    List.of(
                            isWrite
                                    ? "The write was still under way at the release, or the token was"
                                            + " kept after it."
                                    : "It was released twice, or its session was closed first; or the"
                                            + " holder went on to a gate after it.");
            case REVOKED -> List.of("An administrator took the lock away, and the holder went on.");
            case UNKNOWN_TOKEN ->
                    List.of(
                            "It is too old to be remembered (settings ended-grants-per-lock, locks-max),"
                                    + " or of another cluster, or was never granted.");
            case WRONG_LOCK -> List.of("A token is good only for the lock that was acquired.");
            case FENCE_REQUIRED ->
                    List.of(
                            violation.shown().isNone()
                                    ? "It does not take the lock, or does not show the token it got."
                                    : "Guards and gates take only the token of who has the lock alone.");
            case SUPERSEDED -> List.of();
        };
    }

    private static String consequence(boolean enforced, boolean isWrite) {
        if (!enforced) {
            return "The guard only observes: it did not stop the write. An enforcing one would have.";
        }
        return isWrite
                ? "The write did not and never will apply."
                : "The release changed nothing, and never will; the gate did not and never will"
                        + " admit it.";
    }

    private static List<String> advice(FenceViolation violation) {
        LockName lock = violation.lock();
        return switch (violation.reason()) {
            case SUPERSEDED ->
                    violation.ended().filter(how -> how == FenceReason.EXPIRED).isPresent()
                            ? List.of(START_OVER, LONGER_TTL)
                            : List.of(START_OVER);
            case EXPIRED -> List.of(START_OVER, LONGER_TTL, LAST_MAY_FINISH);
            case RELEASED ->
                    List.of(
                            "The writer must wait for its writes before it releases the lock, and"
                                    + " acquire it again for more.",
                            LAST_MAY_FINISH);
            case REVOKED -> List.of(START_OVER, "Ask who revoked it, and why.");
            case UNKNOWN_TOKEN ->
                    List.of(
                            "Find out where the writer has it from: tokens come from acquiring lock "
                                    + lock
                                    + " in this cluster.");
            case WRONG_LOCK ->
                    List.of(
                            "See which lock token "
                                    + violation.shown()
                                    + " is of: kvcli lock list, kvcli lock inspect NAME.",
                            "Show it for that lock, or acquire lock " + lock + ".");
            case FENCE_REQUIRED ->
                    List.of(
                            "Acquire lock "
                                    + lock
                                    + " and show its token: kvcli put KEY VALUE --fence "
                                    + lock
                                    + ":TOKEN, or FencedLock.put.",
                            "If the key needs no lock, change the guard: kvcli guard list.");
        };
    }

    private static List<String> adviceOnRelease(FenceViolation violation) {
        return switch (violation.reason()) {
            case SUPERSEDED, EXPIRED, REVOKED ->
                    List.of(
                            "The lock needs nothing: it stays with whom it was granted to. Gates are shown"
                                    + " by kvcli gate list.",
                            "What the holder did after its grant had ended, it did without the lock:"
                                    + " check that.");
            case RELEASED -> List.of("The lock needs nothing. Release it once for each grant.");
            case UNKNOWN_TOKEN, WRONG_LOCK, FENCE_REQUIRED -> advice(violation);
        };
    }
}
