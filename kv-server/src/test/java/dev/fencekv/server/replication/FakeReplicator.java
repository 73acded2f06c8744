package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.SessionId;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.server.store.HeapKvStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A log of one node that is only a counter: what is proposed is applied at once, or when the test
 * says so. Owned by the test's thread.
 */
public final class FakeReplicator implements Replicator {
    private static final Leadership LEADS =
            new Leadership(NodeRole.LEADER, true, 1, "peer:1", "client:1");

    private final AppliedState state = new AppliedState(new KvStateMachine(HeapKvStore::open));
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final PhysicalClock clock;
    private final Consumer<List<WaitEnded>> listener;
    private long nowMs = 1_000_000;
    private long index;
    private boolean holding;
    private Leadership leadership = LEADS;
    private volatile long ageMs = 3;

    /** Reads that the test answers; null: they are answered at once. */
    private @Nullable List<ReadCompletion> heldReads;

    /** Of a cluster that is formed. */
    public FakeReplicator(Consumer<List<WaitEnded>> listener) {
        this.listener = listener;
        this.clock = new PhysicalClock(() -> nowMs, () -> nowMs * 1_000_000);
        apply(new Command.FormCluster(cluster(), List.of(), 1));
    }

    /** As after a start: forgets all that was applied. */
    public void forget() {
        state.replace(new KvStateMachine(HeapKvStore::open), index);
    }

    /** From here on, what is proposed and read waits for {@link #release}. */
    public void hold() {
        holding = true;
    }

    /** Does what was held, in order, and holds no more. */
    public void release() {
        holding = false;
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }

    /** From here on reads wait for the test to answer them. */
    public List<ReadCompletion> holdReads() {
        List<ReadCompletion> waiting = new ArrayList<>();
        heldReads = waiting;
        return waiting;
    }

    /** How long ago it has heard of a leader. */
    public void setAgeMs(long ms) {
        ageMs = ms;
    }

    public void lead(Leadership now) {
        leadership = now;
    }

    /** Applies commands as one entry that somebody else has proposed. */
    public void apply(Command... commands) {
        index++;
        LogEntry entry = new LogEntry(HybridTimestamp.ofMillis(nowMs), List.of(commands));
        tell(state.apply(index, entry).ended());
    }

    private void tell(List<WaitEnded> ended) {
        if (!ended.isEmpty()) {
            listener.accept(ended);
        }
    }

    /** Applies as many ticks of 100 ms as {@code ms} has. */
    public void elapse(long ms) {
        for (long passed = 0; passed < ms; passed += 100) {
            apply(new Command.Tick(100, List.of()));
        }
    }

    @Override
    public void propose(Proposal proposal) {
        run(
                () -> {
                    index++;
                    nowMs++;
                    LogEntry entry =
                            new LogEntry(
                                    HybridTimestamp.ofMillis(nowMs), List.of(proposal.command()));
                    AppliedEntry applied = state.apply(index, entry);
                    proposal.applied(applied.outcomes().get(0));
                    tell(applied.ended());
                });
    }

    @Override
    public void renew(SessionId session, Completion completion) {
        run(
                () -> {
                    index++;
                    List<SessionId> renewals = new ArrayList<>(List.of(session));
                    LogEntry entry =
                            new LogEntry(
                                    HybridTimestamp.ofMillis(nowMs),
                                    List.of(new Command.Tick(0, renewals)));
                    completion.applied(state.apply(index, entry).outcomes().get(0));
                });
    }

    @Override
    public void readIndex(ReadCompletion completion) {
        List<ReadCompletion> waiting = heldReads;
        if (waiting != null) {
            waiting.add(completion);
            return;
        }
        run(() -> completion.ready(index));
    }

    private void run(Runnable work) {
        if (holding) {
            held.add(work);
        } else {
            work.run();
        }
    }

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public AppliedState applied() {
        return state;
    }

    @Override
    public StampAdmission admission() {
        return new StampAdmission(state::lastStamp, clock);
    }

    @Override
    public PhysicalClock physicalClock() {
        return clock;
    }

    @Override
    public ReplicatorHealth health() {
        return new ReplicatorHealth(400, ClockVerdict.NOT_JUDGED, 0, 0, 0, List.of());
    }

    @Override
    public long ageMs() {
        return ageMs;
    }

    @Override
    public long nodeId() {
        return 7;
    }

    @Override
    public ClusterId cluster() {
        return new ClusterId(1, 2);
    }

    @Override
    public List<MemberInfo> members() {
        return List.of(
                new MemberInfo(
                        7, "peer:1", "client:1", MemberRole.VOTER, MemberRole.VOTER, true, 0));
    }

    @Override
    public void placeMember(String node, MemberRole role, Completion completion) {
        completion.refused(Refusal.unavailable("alone"));
    }

    @Override
    public Optional<Refusal> transferLeadership(String peer) {
        return Optional.of(Refusal.unavailable("alone"));
    }

    /** Makes the state one that must not be believed any more. */
    public void poison() {
        state.poison(index, 0, new IllegalStateException("broken for the test"));
    }

    @Override
    public void close() {
        state.close();
    }
}
