package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.store.HeapKvStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What feeds tell, beside a list of all that happened. */
class RecordFeedTest {
    private static final KeyRange SOME = KeyRange.of("k2", "k6");

    private KvStateMachine state = new KvStateMachine(HeapKvStore::open);
    private final List<RecordEvent> happened = new ArrayList<>();
    private long index;
    private long nonces;

    /** A feed, and what it has told. */
    private final class Reader {
        private final RecordFeed feed;
        private final RecordFeed.Wanted wanted;
        private final long from;
        private final List<RecordEvent> told = new ArrayList<>();
        private int fragments;

        Reader(long from, RecordFeed.Wanted wanted) {
            this.feed = new RecordFeed(wanted, from);
            this.wanted = wanted;
            this.from = from;
        }

        /** False if it was told that something is gone. */
        boolean readAll() {
            while (true) {
                EventFeed.Portion<RecordEvent> portion = feed.read(state);
                if (portion == null) {
                    return false;
                }
                told.addAll(portion.events());
                fragments += portion.whole() ? 0 : 1;
                feed.taken(portion);
                if (portion.whole()) {
                    assertThat(feed.nextRevision())
                            .isEqualTo(Math.max(from, portion.revision() + 1));
                    assertThat(told).isEqualTo(expected(portion.revision()));
                }
                if (portion.atEnd()) {
                    return true;
                }
            }
        }

        private List<RecordEvent> expected(long upTo) {
            List<RecordEvent> expected = new ArrayList<>();
            for (RecordEvent event : happened) {
                boolean typed = event.type() == EventType.PUT ? wanted.puts() : wanted.deletes();
                if (typed
                        && event.revision() >= from
                        && event.revision() <= upTo
                        && wanted.range().contains(event.key())) {
                    expected.add(
                            new RecordEvent(
                                    event.type(),
                                    event.revision(),
                                    event.stamp(),
                                    event.key(),
                                    wanted.keysOnly() ? Optional.empty() : event.record(),
                                    wanted.previous() && !wanted.keysOnly()
                                            ? event.previous()
                                            : Optional.empty()));
                }
            }
            return expected;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void eachChangeIsToldOnceInOrderOrSaidToBeGone(long seed) {
        Random random = new Random(seed);
        set(Setting.HISTORY_BYTES, 400_000);
        List<Reader> readers = new ArrayList<>();
        int gone = 0;
        for (int step = 0; step < 1_500; step++) {
            Key key = Key.of("k" + random.nextInt(8));
            int dice = random.nextInt(100);
            if (dice < 30) {
                change(new Command.Delete(RequestId.NONE, List.of(), key, Command.ANY_REVISION));
            } else if (dice < 95) {
                put(RequestId.NONE, key, random.nextInt(dice < 33 ? 40_000 : 100));
            } else if (dice < 98) {
                aSessionsKeysEnd(random);
            } else {
                open(); // A revision without a change.
            }
            if (random.nextInt(20) == 0) {
                long from = 1 + random.nextInt((int) state.revision() + 3);
                readers.add(new Reader(from, wanted(random)));
            }
            if (random.nextInt(12) == 0) {
                int before = readers.size();
                readers.removeIf(reader -> random.nextInt(3) == 0 && !reader.readAll());
                gone += before - readers.size();
            }
        }
        readers.forEach(Reader::readAll);
        assertThat(gone + readers.size()).isPositive();
    }

    @Test
    void aRevisionTooLargeForOnePortionComesInFragments() {
        Reader reader = new Reader(1, new RecordFeed.Wanted(KeyRange.ALL, true, true, true, false));
        SessionId session = open();
        for (int i = 0; i < 9; i++) {
            put(new RequestId(session, i + 1, 1), Key.of("k" + i), 40_000);
        }
        assertThat(reader.readAll()).isTrue();
        TreeMap<Key, Versioned> owned = new TreeMap<>();
        for (int i = 0; i < 9; i++) {
            owned.put(Key.of("k" + i), record(Key.of("k" + i)));
        }
        apply(new Command.CloseSession(new RequestId(session, 10, 1)));
        owned.forEach(this::remember);
        assertThat(reader.readAll()).isTrue();
        assertThat(reader.fragments).isPositive();
    }

    @Test
    void aNodeThatLagsTellsNothingAgain() {
        Reader reader =
                new Reader(6_000, new RecordFeed.Wanted(KeyRange.ALL, true, true, true, false));
        put(RequestId.NONE, Key.of("k0"), 1);
        assertThat(reader.readAll()).isTrue();
        for (int i = 0; i < 5_900; i++) {
            put(RequestId.NONE, Key.of("k" + i % 8), 1);
        }
        assertThat(reader.readAll()).isTrue();
        assertThat(reader.told).isEmpty();
        for (int i = 0; i < 200; i++) {
            put(RequestId.NONE, Key.of("k" + i % 8), 1);
        }
        assertThat(reader.readAll()).isTrue();
        assertThat(reader.told.get(0).revision()).isEqualTo(6_000);
    }

    private static RecordFeed.Wanted wanted(Random random) {
        boolean puts = random.nextInt(4) > 0;
        return new RecordFeed.Wanted(
                random.nextBoolean() ? KeyRange.ALL : SOME,
                puts,
                !puts || random.nextInt(4) > 0,
                random.nextBoolean(),
                random.nextInt(4) == 0);
    }

    @Test
    void aFeedOutlivesASnapshotOnlyIfItHasBeenToldAllBefore() {
        put(RequestId.NONE, Key.of("k1"), 10);
        RecordFeed.Wanted all = new RecordFeed.Wanted(KeyRange.ALL, true, true, true, false);
        Reader upToDate = new Reader(1, all);
        Reader late = new Reader(1, all);
        assertThat(upToDate.readAll()).isTrue();
        KvStateMachine restored = Snapshots.load(Snapshots.of(state), HeapKvStore::open);
        state.close();
        state = restored;
        put(RequestId.NONE, Key.of("k2"), 10);
        assertThat(upToDate.readAll()).isTrue();
        assertThat(upToDate.told).hasSize(2);
        assertThat(late.readAll()).isFalse();
    }

    @Test
    void withoutHistoryNothingIsLeftOutSilently() {
        Reader reader =
                new Reader(1, new RecordFeed.Wanted(KeyRange.ALL, true, true, false, false));
        put(RequestId.NONE, Key.of("k1"), 10);
        assertThat(reader.readAll()).isTrue();
        set(Setting.HISTORY_BYTES, 0);
        put(RequestId.NONE, Key.of("k1"), 10);
        assertThat(reader.readAll()).isFalse();
    }

    private void aSessionsKeysEnd(Random random) {
        SessionId session = open();
        int keys = 1 + random.nextInt(6);
        for (int i = 0; i < keys; i++) {
            RequestId id = new RequestId(session, i + 1, 1);
            put(id, Key.of("k" + i), random.nextInt(60_000));
        }
        TreeMap<Key, Versioned> owned = new TreeMap<>();
        for (int i = 0; i < keys; i++) {
            owned.put(Key.of("k" + i), record(Key.of("k" + i)));
        }
        apply(new Command.CloseSession(new RequestId(session, keys + 1, 1)));
        owned.forEach((key, before) -> remember(key, before));
    }

    private SessionId open() {
        Outcome outcome =
                apply(
                        new Command.OpenSession(
                                new SessionNonce(1, ++nonces), 10_000, SessionLabel.NONE));
        return ((Outcome.SessionOpened) outcome.result()).session();
    }

    private void put(RequestId id, Key key, int bytes) {
        change(
                new Command.Put(
                        id,
                        List.of(),
                        key,
                        Value.copyOf(new byte[bytes]),
                        Command.ANY_REVISION,
                        !id.isNone()));
    }

    private void change(Command command) {
        Key key = command instanceof Command.Put put ? put.key() : ((Command.Delete) command).key();
        Versioned before = state.view().get(key);
        long revision = state.revision();
        apply(command);
        if (state.revision() > revision) {
            remember(key, before);
        }
    }

    private Versioned record(Key key) {
        Versioned record = state.view().get(key);
        assertThat(record).isNotNull();
        return record;
    }

    private void remember(Key key, Versioned before) {
        Versioned after = state.view().get(key);
        happened.add(
                new RecordEvent(
                        after == null ? EventType.DELETE : EventType.PUT,
                        state.revision(),
                        state.lastStamp(),
                        key,
                        Optional.ofNullable(after),
                        Optional.ofNullable(before)));
    }

    private void set(Setting setting, long value) {
        apply(new Command.ChangeSetting(RequestId.NONE, setting, value));
    }

    private Outcome apply(Command command) {
        index++;
        return state.apply(index, 0, HybridTimestamp.of(1_000 + index, 0), command);
    }
}
