package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.store.HeapKvStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stories and simulations do not show of feeds of locks. */
class LockFeedTest {
    private final KvStateMachine state = new KvStateMachine(HeapKvStore::open);
    private long index;
    private long sequence;

    @AfterEach
    void close() {
        state.close();
    }

    private Outcome apply(Command command) {
        index++;
        return state.apply(index, 0, HybridTimestamp.ofMillis(index), command);
    }

    private SessionId open() {
        Outcome outcome =
                apply(
                        new Command.OpenSession(
                                new SessionNonce(1, index + 1), 60_000, new SessionLabel("label")));
        return ((Outcome.SessionOpened) outcome.result()).session();
    }

    private RequestId next(SessionId session) {
        sequence++;
        return new RequestId(session, sequence, sequence);
    }

    private void acquire(SessionId session, String lock) {
        apply(new Command.Acquire(next(session), new LockName(lock), 7, 0, 0));
    }

    private void put() {
        apply(
                new Command.Put(
                        RequestId.NONE,
                        List.of(),
                        Key.of("k"),
                        Value.of("v"),
                        Command.ANY_REVISION,
                        false));
    }

    @Test
    void anEventSaysAllThatIsKnownOfIt() {
        SessionId session = open();
        acquire(session, "disk");
        List<LockEvent> told = new LockFeed(LockNames.ALL, false, 1).read(state).events();
        assertThat(told)
                .containsExactly(
                        new LockEvent(
                                LockEventType.GRANTED,
                                state.revision(),
                                state.lastStamp(),
                                new LockName("disk"),
                                new FencingToken(1),
                                session,
                                7,
                                new SessionLabel("label"),
                                false,
                                0,
                                0));
    }

    @Test
    void aRevisionWithMoreEventsThanAPortionIsToldInParts() {
        SessionId session = open();
        for (int i = 0; i < Limits.LOCKS_PER_SESSION_MAX; i++) {
            acquire(session, "lock-" + i);
        }
        LockFeed feed = new LockFeed(LockNames.ALL, false, state.revision() + 1);
        apply(new Command.CloseSession(next(session)));
        List<LockEvent> told = new ArrayList<>();
        int parts = 0;
        boolean whole = false;
        while (!whole) {
            EventFeed.Portion<LockEvent> portion = feed.read(state);
            assertThat(portion.revision()).isEqualTo(state.revision());
            told.addAll(portion.events());
            whole = portion.whole();
            parts++;
            feed.taken(portion);
        }
        assertThat(parts).isGreaterThan(1);
        assertThat(told).hasSize(Limits.LOCKS_PER_SESSION_MAX).doesNotHaveDuplicates();
        assertThat(told)
                .allSatisfy(
                        event -> {
                            assertThat(event.type()).isEqualTo(LockEventType.RELEASED);
                            assertThat(event.revision()).isEqualTo(state.revision());
                        });
    }

    /** A watch of locks that hears nothing is not cut off by a store that is busy elsewhere. */
    @Test
    void aWatchGoesOnThoughItsPlaceHasLeftTheWindowAsLongAsNothingIsMissing() {
        apply(new Command.ChangeSetting(RequestId.NONE, Setting.HISTORY_REVISIONS, 5));
        SessionId session = open();
        LockFeed feed = new LockFeed(LockNames.ALL, false, state.revision() + 1);
        feed.taken(feed.read(state));
        for (int i = 0; i < 100; i++) {
            put();
        }
        acquire(session, "disk");
        assertThat(feed.read(state).events()).hasSize(1);
        for (int i = 0; i < 100; i++) {
            put();
        }
        assertThat(feed.read(state)).as("the grant has left the window untold").isNull();
        assertThat(feed.floorRevision(state)).isEqualTo(feed.nextRevision() + 100);
    }

    /** Reads of the past ask of records alone. */
    @Test
    void whatHappensToLocksChangesNothingForReadsOfThePast() {
        put();
        SessionId session = open();
        long before = state.revision();
        acquire(session, "disk");
        assertThat(state.history.isAsNow(before)).isTrue();
        apply(new Command.ChangeSetting(RequestId.NONE, Setting.HISTORY_BYTES, 0));
        long oldest = state.view().oldestRevision();
        acquire(session, "tape");
        assertThat(state.view().oldestRevision()).isEqualTo(oldest);
        assertThat(new LockFeed(LockNames.ALL, false, state.revision()).read(state)).isNull();
    }
}
