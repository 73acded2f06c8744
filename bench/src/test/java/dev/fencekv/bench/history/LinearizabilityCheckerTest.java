package dev.fencekv.bench.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.bench.history.Operation.Outcome;
import dev.fencekv.bench.history.Verdict.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearizabilityCheckerTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static Verdict check(Model model, History history) {
        return LinearizabilityChecker.check(model, history, LIMIT);
    }

    // ---- stories ----

    @Test
    void aReadAfterAnAcknowledgedWriteMustSeeIt() {
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "0 ok write 1",
                                "1 invoke read",
                                "1 ok read null"))
                .isEqualTo(Kind.VIOLATION);
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "0 ok write 1",
                                "1 invoke read",
                                "1 ok read 1"))
                .isEqualTo(Kind.LINEARIZABLE);
    }

    @Test
    void aReadBesideAWriteMaySeeEither() {
        for (String seen : List.of("null", "1")) {
            assertThat(
                            judge(
                                    Model.CAS_REGISTER,
                                    "0 invoke write 1",
                                    "1 invoke read",
                                    "1 ok read " + seen,
                                    "0 ok write 1"))
                    .isEqualTo(Kind.LINEARIZABLE);
        }
    }

    @Test
    void whatWasSeenOnceIsNotUnseen() {
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "1 invoke read",
                                "1 ok read 1",
                                "1 invoke read",
                                "1 ok read null",
                                "0 ok write 1"))
                .isEqualTo(Kind.VIOLATION);
    }

    @Test
    void anUnknownWriteMayHappenLateOrNever() {
        for (String seen : List.of("null", "1")) {
            assertThat(
                            judge(
                                    Model.CAS_REGISTER,
                                    "0 invoke write 1",
                                    "0 info write 1",
                                    "1 invoke read",
                                    "1 ok read null",
                                    "1 invoke read",
                                    "1 ok read " + seen))
                    .isEqualTo(Kind.LINEARIZABLE);
        }
    }

    @Test
    void aFailedWriteIsNeverSeen() {
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "0 fail write 1",
                                "1 invoke read",
                                "1 ok read 1"))
                .isEqualTo(Kind.VIOLATION);
    }

    @Test
    void aFailedCompareAndSetSaysThatTheValueWasAnother() {
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "0 ok write 1",
                                "1 invoke cas [1,2]",
                                "1 fail cas [1,2]"))
                .isEqualTo(Kind.VIOLATION);
    }

    @Test
    void aDeletedKeyHasNoValue() {
        assertThat(
                        judge(
                                Model.CAS_REGISTER,
                                "0 invoke write 1",
                                "0 ok write 1",
                                "0 invoke delete",
                                "0 ok delete",
                                "1 invoke cas [null,2]",
                                "1 ok cas [null,2]"))
                .isEqualTo(Kind.LINEARIZABLE);
    }

    @Test
    void aLateWriteOfAFormerHolderMustBeRefused() {
        String[] taken = {
            "0 invoke acquire",
            "0 ok acquire 3",
            "1 invoke acquire",
            "1 ok acquire 4",
            "0 invoke write 3"
        };
        assertThat(judge(Model.LOCK, with(taken, "0 ok write 3"))).isEqualTo(Kind.VIOLATION);
        assertThat(judge(Model.LOCK, with(taken, "0 fail write 3"))).isEqualTo(Kind.LINEARIZABLE);
    }

    @Test
    void aHolderThatWasRefusedIsNoLongerTheHolder() {
        assertThat(
                        judge(
                                Model.LOCK,
                                "0 invoke acquire",
                                "0 ok acquire 3",
                                "0 invoke write 3",
                                "0 fail write 3",
                                "0 invoke write 3",
                                "0 ok write 3"))
                .isEqualTo(Kind.VIOLATION);
    }

    @Test
    void tokensGrow() {
        assertThat(
                        judge(
                                Model.LOCK,
                                "0 invoke acquire",
                                "0 ok acquire 4",
                                "1 invoke acquire",
                                "1 ok acquire 4"))
                .isEqualTo(Kind.VIOLATION);
    }

    @Test
    void aViolationSaysWhichOperationsDoNotFit() {
        Verdict verdict =
                check(
                        Model.CAS_REGISTER,
                        history(
                                "0 invoke write 1",
                                "0 ok write 1",
                                "1 invoke read",
                                "1 ok read 7"));
        assertThat(verdict.key()).isEqualTo("k");
        assertThat(verdict.explained()).isEqualTo(1);
        assertThat(verdict.stuck())
                .extracting(Operation::toString)
                .containsExactly("1: read(null) -> 7");
    }

    @Test
    void tooLittleTimeIsUnknownAndNeverViolation() {
        List<Operation> operations = new ArrayList<>();
        // Thirty concurrent writes, and a read of what none of them wrote: all orders must be
        // tried.
        for (int i = 0; i < 30; i++) {
            operations.add(
                    new Operation(i, "write", "k", (long) i, History.NIL, Outcome.OK, i, 100 + i));
        }
        operations.add(new Operation(30, "read", "k", History.NIL, 99L, Outcome.OK, 30, 99));
        assertThat(
                        LinearizabilityChecker.check(
                                        Model.CAS_REGISTER,
                                        new History(operations),
                                        Duration.ofMillis(1))
                                .kind())
                .isEqualTo(Kind.UNKNOWN);
    }

    // ---- against all orders ----

    /** The definition itself, for histories small enough to try every order. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6})
    void agreesWithTryingAllOrders(int size) {
        int violations = 0;
        int rounds = size < 6 ? 3_000 : 600;
        for (int seed = 0; seed < rounds; seed++) {
            History history = AnyHistory.of(new Random(seed), size);
            boolean explained = AllOrders.explain(Model.CAS_REGISTER, history.operations());
            assertThat(check(Model.CAS_REGISTER, history).kind())
                    .as("seed %d: %s", seed, history)
                    .isEqualTo(explained ? Kind.LINEARIZABLE : Kind.VIOLATION);
            violations += explained ? 0 : 1;
        }
        assertThat(violations).as("both verdicts are met").isBetween(rounds / 20, rounds * 19 / 20);
    }

    // ---- real size, with one thing changed ----

    @Test
    void longHistoriesOfACorrectRegisterAreLinearizable() {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(check(Model.CAS_REGISTER, SimulatedRegister.run(seed)).kind())
                    .as("seed %d", seed)
                    .isEqualTo(Kind.LINEARIZABLE);
        }
    }

    @ParameterizedTest
    @EnumSource(Mutation.class)
    void oneChangedOperationIsCaught(Mutation mutation) {
        for (int seed = 0; seed < 20; seed++) {
            History changed = mutation.applyTo(SimulatedRegister.run(seed), new Random(seed));
            assertThat(check(Model.CAS_REGISTER, changed).kind())
                    .as("%s, seed %d", mutation, seed)
                    .isEqualTo(Kind.VIOLATION);
        }
    }

    // ---- for the tests ----

    private static Kind judge(Model model, String... lines) {
        return check(model, history(lines)).kind();
    }

    private static String[] with(String[] lines, String last) {
        List<String> all = new ArrayList<>(List.of(lines));
        Collections.addAll(all, last);
        return all.toArray(new String[0]);
    }

    /** Of lines like {@code 0 invoke write 1}. */
    static History history(String... lines) {
        List<String> events = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ", 4);
            events.add(
                    String.format(
                            "{\"process\": %s, \"type\": \"%s\", \"f\": \"%s\", \"key\": \"k\","
                                    + " \"value\": %s}",
                            words[0], words[1], words[2], words.length > 3 ? words[3] : "null"));
        }
        return History.parse(events);
    }
}
