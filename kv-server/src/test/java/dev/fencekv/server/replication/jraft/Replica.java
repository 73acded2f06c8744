package dev.fencekv.server.replication.jraft;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.AppliedListener;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.replication.Proposal;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.RecordedCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.server.store.HeapKvStore;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A real node of the replicated log, with a heap store, and what it told. */
final class Replica implements AutoCloseable, AppliedListener {
    private static final int ELECTION_TIMEOUT_MS = 400;

    final JRaftReplicator replicator;
    final List<String> fatal = new CopyOnWriteArrayList<>();
    final List<WaitEnded> ended = new CopyOnWriteArrayList<>();
    final AtomicInteger statesReplaced = new AtomicInteger();

    Replica(Path directory, String address, List<String> peers, boolean bootstrap) {
        this(directory, address, peers, bootstrap, ReplicatorOptions.SNAPSHOT_ENTRIES);
    }

    Replica(
            Path directory,
            String address,
            List<String> peers,
            boolean bootstrap,
            long snapshotEntries) {
        replicator =
                JRaftReplicator.start(
                        ReplicatorOptions.of(
                                        directory,
                                        address,
                                        peers,
                                        clientAddress(address),
                                        bootstrap,
                                        HeapKvStore::open,
                                        (line, cause) -> fatal.add(line),
                                        this)
                                .withElectionTimeoutMs(ELECTION_TIMEOUT_MS)
                                .withLogSegmentBytes(ReplicatorOptions.LOG_SEGMENT_BYTES_MIN)
                                .withSnapshotThresholds(
                                        snapshotEntries,
                                        ReplicatorOptions.SNAPSHOT_BYTES,
                                        ReplicatorOptions.SNAPSHOT_SET_ASIDE_BYTES));
    }

    static String clientAddress(String peerAddress) {
        return "client-of-" + peerAddress;
    }

    boolean isReady() {
        return replicator.leadership().ready();
    }

    RecordedCompletion propose(Command command) {
        RecordedCompletion completion = new RecordedCompletion();
        replicator.propose(new Proposal(command, HybridTimestamp.ZERO, completion));
        return completion;
    }

    RecordedCompletion put(String key, String value) {
        return propose(
                new Command.Put(
                        RequestId.NONE,
                        List.of(),
                        Key.of(key),
                        Value.of(value),
                        Command.ANY_REVISION,
                        false));
    }

    Outcome putOk(String key, String value) {
        return put(key, value).outcome();
    }

    /** A linearizable read; fails if it cannot be served. */
    CompletableFuture<String> tryRead(String key) {
        CompletableFuture<String> read = new CompletableFuture<>();
        replicator.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        read.complete(local(key));
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        read.completeExceptionally(new IllegalStateException(refusal.toString()));
                    }
                });
        return read.orTimeout(20, TimeUnit.SECONDS);
    }

    /** What this node has now; "-" for nothing. */
    String local(String key) {
        return replicator
                .applied()
                .read(
                        state -> {
                            Versioned record = state.view().get(Key.of(key));
                            return record == null ? "-" : record.value().toString();
                        });
    }

    long digest() {
        return replicator.applied().read(KvStateMachine::digest);
    }

    long appliedIndex() {
        return replicator.applied().index().get();
    }

    @Override
    public void onWaitsEnded(List<WaitEnded> waits) {
        ended.addAll(waits);
    }

    @Override
    public void onStateReplaced() {
        statesReplaced.incrementAndGet();
    }

    @Override
    public void onLeadershipChanged(Leadership leadership) {}

    @Override
    public void close() {
        replicator.close();
    }
}
