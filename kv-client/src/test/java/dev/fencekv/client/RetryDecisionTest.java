package dev.fencekv.client;

import static dev.fencekv.client.RetryDecision.ASK_AGAIN;
import static dev.fencekv.client.RetryDecision.LOWER_STAMP;
import static dev.fencekv.client.RetryDecision.REDIRECT;
import static dev.fencekv.client.RetryDecision.REPORT_UNKNOWN;
import static dev.fencekv.client.RetryDecision.RETRY_LATER;
import static dev.fencekv.client.RetryDecision.SETTLE;
import static dev.fencekv.client.RetryDecision.TRY_ANOTHER_NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.RetryDecision.Repeat;
import dev.fencekv.kv.Status;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryDecisionTest {
    private static final Set<Status> OUTCOMES_OF_APPLY =
            EnumSet.of(
                    Status.OK,
                    Status.CONDITION_FAILED,
                    Status.NOT_FOUND,
                    Status.LOCK_BUSY,
                    Status.QUEUED,
                    Status.FENCED,
                    Status.QUOTA_EXCEEDED);

    private static final Map<Status, RetryDecision> NOT_PROPOSED =
            Map.of(
                    Status.NOT_LEADER, REDIRECT,
                    Status.UNAVAILABLE, RETRY_LATER,
                    Status.OVERLOADED, RETRY_LATER,
                    Status.TOO_MANY_IN_FLIGHT, RETRY_LATER);

    private static final Set<Status> REFUSALS =
            EnumSet.of(
                    Status.TOO_LARGE,
                    Status.INVALID_ARGUMENT,
                    Status.UNSUPPORTED,
                    Status.UNAUTHENTICATED,
                    Status.FORBIDDEN,
                    Status.DUPLICATE);

    /** The table of the design, written a second time: every status, every history, every kind. */
    @ParameterizedTest
    @EnumSource
    void everyStatusIsDecidedAsTheTableSays(Status status) {
        for (Repeat repeat : Repeat.values()) {
            for (boolean earlier : new boolean[] {false, true}) {
                for (boolean gone : new boolean[] {false, true}) {
                    assertThat(RetryDecision.of(status, gone, earlier, repeat))
                            .as("%s, gone %s, earlier %s, %s", status, gone, earlier, repeat)
                            .isEqualTo(expected(status, gone, earlier, repeat));
                }
            }
        }
    }

    private static RetryDecision expected(
            Status status, boolean gone, boolean earlier, Repeat repeat) {
        boolean write = repeat == Repeat.BY_SEQUENCE || repeat == Repeat.NEVER;
        if (OUTCOMES_OF_APPLY.contains(status)) {
            return SETTLE;
        }
        if (status == Status.CLOCK_SKEW && repeat == Repeat.UNTIL_SETTLED) {
            return LOWER_STAMP;
        }
        if (REFUSALS.contains(status) || status == Status.CLOCK_SKEW) {
            return earlier && write ? REPORT_UNKNOWN : SETTLE;
        }
        RetryDecision again = NOT_PROPOSED.get(status);
        if (again != null) {
            return earlier && repeat == Repeat.NEVER ? REPORT_UNKNOWN : again;
        }
        if (status == Status.SESSION_EXPIRED) {
            return earlier && gone && write ? REPORT_UNKNOWN : SETTLE;
        }
        if (status == Status.COMPACTED) {
            return repeat == Repeat.FREELY
                    ? TRY_ANOTHER_NODE
                    : earlier && write ? REPORT_UNKNOWN : SETTLE;
        }
        assertThat(status).isEqualTo(Status.OUTCOME_UNKNOWN);
        return switch (repeat) {
            case FREELY -> TRY_ANOTHER_NODE;
            case BY_SEQUENCE, UNTIL_SETTLED -> ASK_AGAIN;
            case NEVER -> REPORT_UNKNOWN;
        };
    }

    @Test
    void aLostConnectionIsAnUnknownOutcome() {
        for (Repeat repeat : Repeat.values()) {
            assertThat(RetryDecision.ofLostConnection(repeat))
                    .isEqualTo(RetryDecision.of(Status.OUTCOME_UNKNOWN, false, false, repeat));
        }
    }

    @Test
    void whatGivesBackIsNeverReportedUnknown() {
        for (Status status : Status.values()) {
            for (boolean earlier : new boolean[] {false, true}) {
                assertThat(RetryDecision.of(status, true, earlier, Repeat.UNTIL_SETTLED))
                        .isNotEqualTo(REPORT_UNKNOWN);
            }
        }
    }

    @Test
    void aWriteWithoutASessionIsNeverSentAgainOnceItMayHaveBeenProposed() {
        for (Status status : Status.values()) {
            assertThat(RetryDecision.of(status, true, true, Repeat.NEVER))
                    .isIn(SETTLE, REPORT_UNKNOWN);
        }
    }
}
