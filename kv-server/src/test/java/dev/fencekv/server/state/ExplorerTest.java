package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fencekv.server.state.WorldPlan.Mistake;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of small worlds, to a depth (docs/model). {@code -Dfencekv.explorer.depth=7}
 * goes so deep in each world; with {@code -Dfencekv.explorer.world=late} in that one only. {@code
 * -Dfencekv.explorer.openings=} and {@code commands=} set what one client may do at most.
 */
class ExplorerTest {
    private static final Integer DEPTH = Integer.getInteger("fencekv.explorer.depth");
    private static final Integer OPENINGS = Integer.getInteger("fencekv.explorer.openings");
    private static final Integer COMMANDS = Integer.getInteger("fencekv.explorer.commands");
    private static final String ONLY = System.getProperty("fencekv.explorer.world", "");

    @Test
    void onlyTheHolderWritesHoweverLocksAreLost() {
        Explorer.Result result = explore(WorldPlan.FENCING, 5);
        assertSeen(result, 50_000, 130_000);
        assertThat(result.met())
                .containsKeys(
                        "LOOSE_PUT OK",
                        "LOOSE_PUT FENCED EXPIRED",
                        "LOOSE_PUT FENCED RELEASED",
                        "LOOSE_PUT FENCED REVOKED",
                        "LOOSE_PUT FENCED SUPERSEDED",
                        "RELEASE FENCED SUPERSEDED",
                        "RELEASE OK, a wait ends OK",
                        "REVOKE OK, a wait ends OK",
                        "TRY LOCK_BUSY",
                        "a tick ends a session");
    }

    @Test
    void lateAndRepeatedCommandsApplyOnceOrNever() {
        Explorer.Result result = explore(WorldPlan.LATE, 5);
        assertSeen(result, 32_000, 90_000);
        assertThat(result.met())
                .containsKeys(
                        "PUT OK",
                        "PUT FENCED RELEASED",
                        "PUT FENCED SUPERSEDED",
                        "PUT SESSION_EXPIRED",
                        "PUT again DUPLICATE",
                        "PUT again FENCED SUPERSEDED",
                        "PUT again OK",
                        "PUT again SESSION_EXPIRED",
                        "RELEASE again OK",
                        "TRY again LOCK_BUSY");
    }

    @Test
    void noSessionEndsBeforeItsTime() {
        Explorer.Result result = explore(WorldPlan.SESSIONS, 6);
        assertSeen(result, 14_000, 54_000);
        assertThat(result.met())
                .containsKeys(
                        "OPEN again OK",
                        "OPEN again SESSION_EXPIRED",
                        "WAIT QUEUED",
                        "a tick ends a session");
    }

    @Test
    void allOfItAtOnce() {
        Explorer.Result result = explore(WorldPlan.EVERYTHING, 4);
        assertSeen(result, 137_000, 320_000);
        assertThat(result.met())
                .containsKeys(
                        "BARE_PUT FENCED FENCE_REQUIRED",
                        "CLOSE OK, a wait ends OK",
                        "FORGED_PUT FENCED UNKNOWN_TOKEN",
                        "FORGED_PUT OK");
    }

    @Test
    void statesThatLookAlikeHaveTheSameFuture() {
        assertLikenessHolds(WorldPlan.FENCING, 4);
        assertLikenessHolds(WorldPlan.LATE, 4);
        assertLikenessHolds(WorldPlan.SESSIONS, 5);
        assertLikenessHolds(WorldPlan.EVERYTHING, 2);
    }

    @Test
    void mistakesAreFound() {
        assertFound(
                WorldPlan.FENCING,
                Mistake.WRITES_SHOW_NO_TOKEN,
                List.of("A does TRY", "A does RELEASE", "A does LOOSE_PUT"));
        assertFound(
                WorldPlan.LATE,
                Mistake.RETRIES_ARE_NEW_COMMANDS,
                List.of(
                        "A does TRY",
                        "A sends PUT",
                        "A's command 3, PUT, comes to be applied",
                        "A's command 3, PUT, comes to be applied"));
        assertFound(
                WorldPlan.LATE,
                Mistake.FLOOR_IS_TOO_HIGH,
                List.of("A sends TRY", "A does TRY", "A's command 2, TRY, comes to be applied"));
        assertFound(
                WorldPlan.SESSIONS,
                Mistake.TICKS_HAVE_NO_CAP,
                List.of("2500 ms pass without a tick", "A does OPEN", "a tick"));
        assertFound(
                WorldPlan.SESSIONS,
                Mistake.FIRST_TICK_COUNTS,
                List.of(
                        "A does OPEN",
                        "a new leader",
                        "a tick",
                        "a new leader",
                        "a tick",
                        "11 ticks of 200 ms"));
    }

    private static void assertFound(WorldPlan plan, Mistake made, List<String> path) {
        Explorer.Result result =
                new Explorer(plan.with(made), SmallWorld.Identity.ABSTRACT).explore(path.size());
        System.out.println(result);
        assertThat(result.counterexample()).as("%s", result).isPresent();
        assertThat(result.counterexample().get().path())
                .as("a shortest one")
                .extracting(WorldStep::toString)
                .isEqualTo(path);
    }

    /** Explored with nothing left out: what the abstraction takes for one must be one. */
    private static void assertLikenessHolds(WorldPlan plan, int depth) {
        assertHolds(new Explorer(plan, SmallWorld.Identity.EXACT).explore(depth));
    }

    private static Explorer.Result explore(WorldPlan plan, int depth) {
        assumeTrue(ONLY.isEmpty() || ONLY.equals(plan.name()));
        WorldPlan wanted =
                plan.bounded(
                        OPENINGS != null ? OPENINGS : plan.openings(),
                        COMMANDS != null ? COMMANDS : plan.commands());
        return assertHolds(
                new Explorer(wanted, SmallWorld.Identity.ABSTRACT)
                        .explore(DEPTH != null ? DEPTH : depth));
    }

    private static Explorer.Result assertHolds(Explorer.Result result) {
        System.out.println(result);
        result.met().forEach((what, times) -> System.out.println("    " + times + " x " + what));
        assertThat(result.counterexample()).as("%s", result).isEmpty();
        return result;
    }

    /** A world in which little can happen proves little. */
    private static void assertSeen(Explorer.Result result, long statesMin, long stepsMin) {
        assumeTrue(DEPTH == null && OPENINGS == null && COMMANDS == null, "other bounds");
        assertThat(result.states()).as("states").isGreaterThanOrEqualTo(statesMin);
        assertThat(result.steps()).as("steps").isGreaterThanOrEqualTo(stepsMin);
    }
}
