package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.command.BytesOut;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** A replica of the simulation: applies the log at its own pace, takes snapshots, is restored. */
final class SimReplica {
    /** A snapshot and the number of entries it holds. */
    record Snapshot(byte[] bytes, int applied) {}

    private final SimLog log;
    private final KvStore.Factory stores;
    KvStateMachine state;

    /** How many entries it has applied. */
    int applied;

    private @Nullable SnapshotWalk walk;
    private int walkBegan;
    private ByteArrayOutputStream walked = new ByteArrayOutputStream();
    private @Nullable SnapshotWriter writer;

    /** What was set aside since the last step, then what the step writes. */
    private final BytesOut stepBytes = new BytesOut(256);

    SimReplica(SimLog log, KvStore.Factory stores) {
        this.log = log;
        this.stores = stores;
        this.state = new KvStateMachine(stores);
    }

    boolean isBehind() {
        return applied < log.entries.size();
    }

    SimLog.Applied applyNext() {
        SimLog.Applied outcome = log.applyTo(state, applied);
        applied++;
        return outcome;
    }

    /** One step of a snapshot, which is begun if none is under way; returns it once finished. */
    @Nullable Snapshot walkOn() {
        try {
            SnapshotWalk walking = walk;
            if (walking == null) {
                stepBytes.clear();
                walk = state.beginSnapshot(stepBytes::append);
                walkBegan = applied;
                walked = new ByteArrayOutputStream();
                writer = new SnapshotWriter(walked);
                return null;
            }
            int setAside = stepBytes.length();
            boolean more = walking.step(stepBytes);
            assertThat(more || stepBytes.length() == setAside).as("the last writes none").isTrue();
            writer.write(stepBytes);
            if (more) {
                return null;
            }
            writer.finish(walking.digest());
            abandonWalk();
            return checked(new Snapshot(walked.toByteArray(), walkBegan));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It is the state as it was when the walk began, whatever was applied in between. */
    private Snapshot checked(Snapshot snapshot) {
        try (KvStateMachine loaded = Snapshots.load(snapshot.bytes(), stores)) {
            if (snapshot.applied() > 0) {
                assertThat(loaded.digest()).isEqualTo(log.digestAfter(snapshot.applied()));
            }
            assertThat(Snapshots.items(Snapshots.of(loaded)))
                    .isEqualTo(Snapshots.items(snapshot.bytes()));
        }
        return snapshot;
    }

    private void abandonWalk() {
        if (walk != null) {
            walk.close();
            walk = null;
        }
    }

    /** Goes on from a snapshot of whatever replica, or from the beginning. */
    void restore(@Nullable Snapshot snapshot) {
        abandonWalk();
        state.close();
        state =
                snapshot == null
                        ? new KvStateMachine(stores)
                        : Snapshots.load(snapshot.bytes(), stores);
        applied = snapshot == null ? 0 : snapshot.applied();
        if (applied > 0) {
            assertThat(state.digest()).isEqualTo(log.digestAfter(applied));
        }
    }

    void close() {
        abandonWalk();
        state.close();
    }
}
