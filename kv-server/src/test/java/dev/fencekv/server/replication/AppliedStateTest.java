package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.NewerFormatException;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.SnapshotWriter;
import dev.fencekv.server.store.HeapKvStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever waits for what never comes fails, and does not hang the build. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AppliedStateTest {
    private static final long SET_ASIDE_BYTES_MAX = 2 << 20;

    private final AppliedState applied = new AppliedState(new KvStateMachine(HeapKvStore::open));

    private static LogEntry entry(long millis, Command... commands) {
        return new LogEntry(HybridTimestamp.ofMillis(millis), List.of(commands));
    }

    private static Command put(String key, String value) {
        return new Command.Put(
                RequestId.NONE,
                List.of(),
                Key.of(key),
                Value.of(value),
                Command.ANY_REVISION,
                false);
    }

    private String get(String key) {
        return applied.read(
                state -> {
                    Versioned record = state.view().get(Key.of(key));
                    return record == null ? "-" : record.value().toString();
                });
    }

    @Test
    void anEntryIsAppliedWholeAndThenPublished() {
        AppliedEntry result = applied.apply(7, entry(1000, put("a", "1"), put("b", "2")));
        assertThat(result.outcomes()).hasSize(2);
        assertThat(applied.index().get()).isEqualTo(7);
        assertThat(applied.revision()).isEqualTo(result.outcomes().get(1).revision());
        assertThat(applied.lastStamp()).isEqualTo(result.outcomes().get(1).at());
        assertThat(get("b")).isEqualTo("2");
    }

    @Test
    void itKnowsWhetherAnythingWaitsForTime() {
        assertThat(applied.waitsForTime()).isFalse();
        applied.apply(
                1,
                entry(
                        1000,
                        new Command.OpenSession(new SessionNonce(1, 2), 2_000, SessionLabel.NONE)));
        assertThat(applied.waitsForTime()).isTrue();
    }

    @Test
    void theDigestIsPublishedAtEachIndexThatTheIntervalDivides() {
        applied.apply(AppliedState.DIGEST_INTERVAL - 1, entry(1000, put("a", "1")));
        assertThat(applied.digest()).isEqualTo(AppliedState.Digest.NONE);
        applied.apply(AppliedState.DIGEST_INTERVAL, entry(1001, put("a", "2")));
        long expected = applied.read(KvStateMachine::digest);
        applied.apply(AppliedState.DIGEST_INTERVAL + 1, entry(1002, put("a", "3")));
        assertThat(applied.digest())
                .isEqualTo(new AppliedState.Digest(AppliedState.DIGEST_INTERVAL, expected));
    }

    @Test
    void whatFailsInApplyPoisonsTheStateAndNamesThePlace() {
        applied.apply(1, entry(1000, put("a", "1")));
        AtomicReference<Refusal> waiter = new AtomicReference<>();
        applied.index()
                .whenApplied(
                        9,
                        new ReadCompletion() {
                            @Override
                            public void ready(long index) {}

                            @Override
                            public void failed(Refusal refusal) {
                                waiter.set(refusal);
                            }
                        });
        assertThatThrownBy(
                        () ->
                                applied.apply(
                                        2, entry(1001, put("b", "1"), new Command.RaiseLevel(99))))
                .isInstanceOf(PoisonedException.class)
                .hasMessageContaining("entry 2, command 1")
                .hasCauseInstanceOf(NewerFormatException.class);
        assertThat(applied.isPoisoned()).isTrue();
        assertThat(waiter.get()).isNotNull();
        assertThat(applied.index().get()).isEqualTo(1);
        assertThatThrownBy(() -> get("a")).isInstanceOf(PoisonedException.class);
        assertThatThrownBy(() -> applied.beginWalk(SET_ASIDE_BYTES_MAX))
                .isInstanceOf(PoisonedException.class);
        assertThatThrownBy(() -> applied.apply(3, entry(1002, put("a", "2"))))
                .isInstanceOf(PoisonedException.class);
    }

    @Test
    void aWalkWritesTheStateAsItWasWhileItGoesOnChanging() throws IOException {
        for (int i = 0; i < 1000; i++) {
            applied.apply(i + 1, entry(1000 + i, put("k" + i, "old")));
        }
        long digest = applied.read(KvStateMachine::digest);
        byte[] snapshot;
        try (AppliedState.Walk walk = applied.beginWalk(SET_ASIDE_BYTES_MAX)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            SnapshotWriter writer = new SnapshotWriter(bytes);
            BytesOut block = new BytesOut(1024);
            int i = 0;
            boolean more;
            do {
                more = walk.step(block);
                writer.write(block);
                applied.apply(1001 + i, entry(9000 + i, put("k" + (999 - i % 1000), "new")));
                i++;
            } while (more);
            writer.finish(walk.digest());
            snapshot = bytes.toByteArray();
            assertThat(walk.digest()).isEqualTo(digest);
        }
        assertThat(applied.setAsideBytes()).isZero();
        KvStateMachine loaded =
                KvStateMachine.load(new ByteArrayInputStream(snapshot), HeapKvStore::open);
        assertThat(loaded.digest()).isEqualTo(digest);
        applied.replace(loaded, 5000);
        assertThat(applied.index().get()).isEqualTo(5000);
        assertThat(get("k999")).isEqualTo("old");
        assertThat(applied.revision()).isEqualTo(loaded.revision());
    }

    @Test
    void aWalkEndsWhenTheStateUnderItIsReplaced() {
        applied.apply(1, entry(1000, put("a", "1")));
        AppliedState.Walk walk = applied.beginWalk(SET_ASIDE_BYTES_MAX);
        applied.replace(new KvStateMachine(HeapKvStore::open), 9);
        assertThatThrownBy(() -> walk.step(new BytesOut(16)))
                .isInstanceOf(IllegalStateException.class);
        walk.close();
    }

    /** 400 records of 50 KB: ten times what a walk may hold. */
    private void putMuch() {
        for (int i = 0; i < 400; i++) {
            applied.apply(i + 1, entry(1000 + i, put("k" + i, "x".repeat(50_000))));
        }
    }

    private static LogEntry replaceAll() {
        Command[] commands = new Command[400];
        for (int i = 0; i < commands.length; i++) {
            commands[i] = put("k" + i, "new");
        }
        return entry(9000, commands);
    }

    @Test
    void anEntryThatReplacesMoreThanAWalkMayHoldWaitsForTheWalk() throws Exception {
        putMuch();
        long digest = applied.read(KvStateMachine::digest);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SnapshotWriter writer = new SnapshotWriter(bytes);
        BytesOut block = new BytesOut(1024);
        ExecutorService applyThread = Executors.newSingleThreadExecutor();
        try (AppliedState.Walk walk = applied.beginWalk(SET_ASIDE_BYTES_MAX)) {
            Future<AppliedEntry> result =
                    applyThread.submit(() -> applied.apply(1000, replaceAll()));
            awaitSetAside(SET_ASIDE_BYTES_MAX / 2);
            long most = 0;
            boolean more;
            do {
                most = Math.max(most, applied.setAsideBytes());
                more = walk.step(block);
                writer.write(block);
            } while (more);
            writer.finish(walk.digest());
            assertThat(result.get().outcomes()).hasSize(400);
            assertThat(most).isBetween(SET_ASIDE_BYTES_MAX / 2, SET_ASIDE_BYTES_MAX);
        } finally {
            applyThread.shutdownNow();
        }
        assertThat(get("k399")).isEqualTo("new");
        assertThat(applied.setAsideBytes()).isZero();
        try (KvStateMachine loaded =
                KvStateMachine.load(
                        new ByteArrayInputStream(bytes.toByteArray()), HeapKvStore::open)) {
            assertThat(loaded.digest()).isEqualTo(digest);
        }
    }

    @Test
    void aWalkThatIsGivenUpLetsApplyGoOnAndIsNeverFinished() throws Exception {
        putMuch();
        ExecutorService applyThread = Executors.newSingleThreadExecutor();
        try (AppliedState.Walk walk = applied.beginWalk(SET_ASIDE_BYTES_MAX)) {
            Future<AppliedEntry> result =
                    applyThread.submit(() -> applied.apply(1000, replaceAll()));
            awaitSetAside(SET_ASIDE_BYTES_MAX / 2);
            applied.abandonWalk();
            assertThat(result.get().outcomes()).hasSize(400);
            assertThatThrownBy(() -> walk.step(new BytesOut(16)))
                    .isInstanceOf(IllegalStateException.class);
        } finally {
            applyThread.shutdownNow();
        }
    }

    private void awaitSetAside(long bytes) {
        while (applied.setAsideBytes() < bytes) {
            Thread.onSpinWait();
        }
    }
}
