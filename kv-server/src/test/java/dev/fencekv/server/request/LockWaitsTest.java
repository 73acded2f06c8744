package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.server.state.LockUse;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.wire.Opcode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LockWaitsTest {
    private static final LockWaits.Owner OWNER =
            new LockWaits.Owner(new SessionId(1), 1, new LockName("L"));

    private final FakeReplicator log = new FakeReplicator(ended -> {});
    private final LockWaits waits = new LockWaits();
    private final RecordingConnection connection = new RecordingConnection();
    private final List<WaitEnded> told = new ArrayList<>();
    private final LockWaits.Wait wait =
            waits.register(
                    OWNER,
                    LockUse.EXCLUSIVE,
                    new Caller(log.applied(), connection, 1, Opcode.ACQUIRE),
                    told::add);

    @AfterEach
    void stop() {
        log.close();
    }

    private static WaitEnded end(long place) {
        return new WaitEnded(
                OWNER.session(),
                OWNER.owner(),
                OWNER.lock(),
                place,
                Status.OK,
                new FencingToken(place),
                1,
                HybridTimestamp.ZERO);
    }

    @Test
    void endOfThePlaceIsTold() {
        wait.queuedAt(7);
        waits.ended(end(7));
        assertThat(told).containsExactly(end(7));
        assertThat(waits.all()).isEmpty();
    }

    @Test
    void endThatCameBeforeThePlaceWasKnownIsToldAfterIt() {
        waits.ended(end(7));
        assertThat(told).isEmpty();
        wait.queuedAt(7);
        assertThat(told).containsExactly(end(7));
    }

    @Test
    void endOfAnEarlierPlaceOfTheSameOwnerIsNotMistakenForThisOne() {
        waits.ended(end(6));
        wait.queuedAt(7);
        waits.ended(end(6));
        assertThat(told).isEmpty();
        waits.ended(end(7));
        assertThat(told).containsExactly(end(7));
    }

    @Test
    void endIsToldOnce() {
        wait.queuedAt(7);
        waits.ended(end(7));
        waits.ended(end(7));
        assertThat(told).hasSize(1);
        assertThat(wait.finish()).isFalse();
    }

    @Test
    void closedConnectionIsToldNothing() {
        wait.queuedAt(7);
        waits.closed(connection);
        waits.ended(end(7));
        assertThat(told).isEmpty();
        assertThat(waits.all()).isEmpty();
    }

    private LockWaits.Wait again(RecordingConnection on, long correlation) {
        return waits.register(
                OWNER,
                LockUse.EXCLUSIVE,
                new Caller(log.applied(), on, correlation, Opcode.ACQUIRE),
                told::add);
    }

    @Test
    void whoAsksAgainWaitsOnce() {
        wait.queuedAt(7);
        for (int i = 2; i <= 100; i++) {
            again(connection, i).queuedAt(7);
        }
        assertThat(waits.all()).hasSize(1);
        List<RecordingConnection.Told> replaced = connection.told();
        assertThat(replaced).hasSize(99);
        assertThat(replaced.get(0).correlation()).isEqualTo(1);
        assertThat(replaced.get(0).reply().status()).isEqualTo(Status.QUEUED);
        assertThat(replaced).noneMatch(RecordingConnection.Told::more);
        waits.ended(end(7));
        assertThat(told).containsExactly(end(7));
        assertThat(waits.all()).isEmpty();
    }

    @Test
    void whoAsksAgainAndIsRefusedWaitsAsBefore() {
        wait.queuedAt(7);
        again(connection, 2).finish();
        waits.ended(end(7));
        assertThat(told).containsExactly(end(7));
        assertThat(connection.told()).isEmpty();
    }

    @Test
    void anotherConnectionWaitsForItself() {
        RecordingConnection other = new RecordingConnection();
        wait.queuedAt(7);
        again(other, 1).queuedAt(7);
        waits.ended(end(7));
        assertThat(told).hasSize(2);
    }
}
