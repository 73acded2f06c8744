package dev.fencekv.server.state;

import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import java.util.List;

/** Words outcomes: with the effect's revision and stamp, or the state's for a refusal. */
final class Answers {
    private final Counters counters;

    Answers(Counters counters) {
        this.counters = counters;
    }

    /** After the effect: its revision and stamp are the state's last ones. */
    Outcome done() {
        return with(Status.OK, Outcome.NOTHING);
    }

    /** As of the grant, which may be older than the command that finds it. */
    Outcome granted(Grant grant) {
        return new Outcome(
                Status.OK, grant.revision(), grant.at(), new Outcome.Token(grant.token()));
    }

    Outcome plain(Status status) {
        return with(status, Outcome.NOTHING);
    }

    Outcome refused(Status status, RefusalReason reason, long number) {
        return with(status, new Outcome.Refused(reason, number));
    }

    Outcome conditionFailed(long actualRevision) {
        return with(Status.CONDITION_FAILED, new Outcome.ConditionFailed(actualRevision));
    }

    Outcome sessionExpired(boolean outcomesGone) {
        return with(Status.SESSION_EXPIRED, new Outcome.SessionExpired(outcomesGone));
    }

    Outcome fenced(List<FenceViolation> violations) {
        int shown = Math.min(violations.size(), Limits.VIOLATIONS_PER_OUTCOME_MAX);
        return with(
                Status.FENCED, new Outcome.Fenced(violations.subList(0, shown), violations.size()));
    }

    Outcome with(Status status, Outcome.Result result) {
        return new Outcome(status, counters.revision, counters.lastStamp, result);
    }
}
