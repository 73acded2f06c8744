package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.StateView.Standing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges and keys of a replica as anybody could at any moment, and compares what they show
 * with all records as the model remembers them. By a seed of its own, so that it changes nothing of
 * what a simulation does.
 */
final class SimReads {
    private static final String[] BOUNDS = {"", "a", "ab", "abb", "b", "bc", "c", "d", "db", "e"};

    private final NaiveModel model;
    private final SplittableRandom random = new SplittableRandom(1);

    /** Revisions and stamps that replicas were seen at. */
    private final List<AsOf> moments = new ArrayList<>();

    /** How often each standing was met. */
    final TreeMap<Standing, Integer> met = new TreeMap<>();

    SimReads(NaiveModel model) {
        this.model = model;
    }

    void judge(KvStateMachine state) {
        StateView view = state.view();
        AsOf present = new AsOf(state.revision(), HybridTimestamp.ZERO);
        assertThat(view.standing(present)).isEqualTo(Standing.KNOWN);
        moments.add(random.nextBoolean() ? present : new AsOf(0, state.lastStamp()));
        AsOf at = random.nextBoolean() ? AsOf.NOW : moments.get(random.nextInt(moments.size()));
        Standing standing = view.standing(at);
        met.merge(standing, 1, Integer::sum);
        assertThat(standing == Standing.AHEAD).isEqualTo(isAhead(state, at));
        if (standing == Standing.KNOWN) {
            judge(view.recordsAsOf(at), modelAt(state, at));
        }
    }

    private static boolean isAhead(KvStateMachine state, AsOf at) {
        return at.revision() > state.revision() || at.stamp().isAfter(state.lastStamp());
    }

    private TreeMap<String, NaiveModel.ARecord> modelAt(KvStateMachine state, AsOf at) {
        if (at.isNow()) {
            return model.recordsAt(state.revision(), Long.MAX_VALUE);
        }
        return at.revision() > 0
                ? model.recordsAt(at.revision(), Long.MAX_VALUE)
                : model.recordsAt(Long.MAX_VALUE, at.stamp().packed());
    }

    private void judge(RecordsAsOf records, TreeMap<String, NaiveModel.ARecord> expected) {
        KeyRange range = range();
        List<String> keys = new ArrayList<>();
        expected.keySet().stream().filter(key -> range.contains(Key.of(key))).forEach(keys::add);
        assertThat(records.count(range)).as("count of %s", range).isEqualTo(keys.size());

        boolean reverse = random.nextBoolean();
        boolean keysOnly = random.nextInt(3) == 0;
        int limit = 1 + random.nextInt(4);
        if (reverse) {
            Collections.reverse(keys);
        }
        RangePage page = records.page(range, reverse, keysOnly, limit, Long.MAX_VALUE);
        List<String> shown = keys.subList(0, Math.min(limit, keys.size()));
        assertThat(page.rows().stream().map(row -> row.key().toString()).toList())
                .as("%s of %s", limit, range)
                .isEqualTo(shown);
        assertThat(page.more()).isEqualTo(shown.size() < keys.size());
        for (RangeRow row : page.rows()) {
            assertThat(row.record().map(ModelView::model))
                    .isEqualTo(
                            keysOnly
                                    ? Optional.empty()
                                    : Optional.of(expected.get(row.key().toString())));
        }
        String one = "a" + BOUNDS[random.nextInt(BOUNDS.length)];
        for (String key : List.of(one, BOUNDS[1 + random.nextInt(BOUNDS.length - 1)])) {
            @Nullable Versioned record = records.get(Key.of(key));
            assertThat(record == null ? null : ModelView.model(record))
                    .isEqualTo(expected.get(key));
        }
    }

    private KeyRange range() {
        String one = BOUNDS[random.nextInt(BOUNDS.length)];
        String other = BOUNDS[random.nextInt(BOUNDS.length)];
        boolean open = other.isEmpty();
        return random.nextInt(4) == 0
                ? KeyRange.prefix(one)
                : open || one.compareTo(other) <= 0
                        ? KeyRange.of(one, other)
                        : KeyRange.of(other, one);
    }
}
