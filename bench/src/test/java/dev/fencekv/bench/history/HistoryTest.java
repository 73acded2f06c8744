package dev.fencekv.bench.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.bench.history.Operation.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    @Test
    void callsAndReturnsArePairedByProcess() {
        History history =
                LinearizabilityCheckerTest.history(
                        "0 invoke write 1",
                        "1 invoke read",
                        "1 ok read null",
                        "0 info write 1",
                        "2 invoke cas [1,2]",
                        "2 fail cas [1,2]",
                        "3 invoke write 4");
        assertThat(history.operations())
                .extracting(Operation::outcome)
                .containsExactly(Outcome.UNKNOWN, Outcome.OK, Outcome.FAILED, Outcome.UNKNOWN);
        assertThat(history.operations()).extracting(Operation::called).containsExactly(0, 1, 4, 6);
        assertThat(history.operations().get(1).returned()).isEqualTo(2);
        assertThat(history.operations().get(2).argument()).isEqualTo(List.of(1L, 2L));
    }

    @Test
    void whatIsWrongIsNamedWithItsLine() {
        assertThatThrownBy(() -> LinearizabilityCheckerTest.history("0 ok write 1"))
                .hasMessage("line 1: process 0 has called nothing");
        assertThatThrownBy(
                        () ->
                                LinearizabilityCheckerTest.history(
                                        "0 invoke write 1", "0 invoke write 2"))
                .hasMessage("line 2: process 0 has an operation under way already");
        assertThatThrownBy(() -> History.parse(List.of("", "{\"process\": 0}")))
                .hasMessageStartingWith("line 2: member \"type\"");
    }
}
