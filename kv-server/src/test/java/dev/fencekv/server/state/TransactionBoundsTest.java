package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Comparison.Operator;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much one transaction does at most, while nothing is read. */
class TransactionBoundsTest {
    private static final int LARGEST_THAT_FIT =
            Limits.DELETED_RANGE_BYTES_MAX / Limits.VALUE_BYTES_MAX;

    private final KvStateMachine state = new KvStateMachine(TreeStore::open);
    private long index;

    private Outcome apply(Command command) {
        return state.apply(++index, 0, HybridTimestamp.ofMillis(index), command);
    }

    private Outcome transact(List<Comparison> comparisons, Operation... operations) {
        return apply(
                new Command.Transact(
                        RequestId.NONE,
                        List.of(),
                        new Transaction(comparisons, List.of(operations), List.of())));
    }

    private void put(String key, Value value) {
        Outcome outcome =
                apply(
                        new Command.Put(
                                RequestId.NONE,
                                List.of(),
                                Key.of(key),
                                value,
                                Command.ANY_REVISION,
                                false));
        assertThat(outcome.status()).isEqualTo(Status.OK);
    }

    @Test
    void rangesOfTooManyBytesAreRefusedWholeAndSmallerOnesAreNot() {
        apply(new Command.RaiseLevel(KvStateMachine.FEATURE_LEVEL_TRANSACTIONS));
        Value large = Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]);
        for (int i = 0; i < LARGEST_THAT_FIT; i++) {
            put("a/" + i, large);
        }
        put("b/1", Value.of("v"));
        long revision = state.revision();
        Outcome refused =
                transact(
                        List.of(),
                        Operation.deleteRange(KeyRange.prefix("a/")),
                        Operation.deleteRange(KeyRange.prefix("b/")));
        assertThat(refused.status()).isEqualTo(Status.TOO_LARGE);
        assertThat(refused.result())
                .isEqualTo(
                        new Outcome.Refused(
                                RefusalReason.DELETED_RANGE_BYTES, Limits.DELETED_RANGE_BYTES_MAX));
        assertThat(state.revision()).as("nothing was done").isEqualTo(revision);
        assertThat(state.view().keyCount()).isEqualTo(LARGEST_THAT_FIT + 1);
        assertThat(transact(List.of(), Operation.deleteRange(KeyRange.prefix("a/"))).status())
                .isEqualTo(Status.OK);
        assertThat(state.view().keyCount()).isEqualTo(1);
    }

    @Test
    void valuesCompareAsUnsignedBytesOfAnyLength() {
        apply(new Command.RaiseLevel(KvStateMachine.FEATURE_LEVEL_TRANSACTIONS));
        List<String> values = List.of("", "a", "aa", "ab", "b", "\u00ff", "\u00ffa");
        for (String stored : values) {
            put("k", Value.of(stored));
            for (String compared : values) {
                int order = Integer.signum(Value.of(stored).compareTo(Value.of(compared)));
                for (Operator operator : Operator.values()) {
                    Outcome outcome =
                            transact(
                                    List.of(
                                            Comparison.value(
                                                    Key.of("k"), operator, Value.of(compared))),
                                    new Operation.Get(Key.of("k")));
                    assertThat(((Outcome.Transacted) outcome.result()).succeeded())
                            .as("%s %s %s", stored, operator, compared)
                            .isEqualTo(operator.holds(order));
                }
            }
        }
    }
}
