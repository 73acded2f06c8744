package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.server.health.SyncTimes;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.replication.jraft.EngineFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A real engine over the real transport, whose state is the list of what was applied. */
final class RaftNode implements AutoCloseable {
    private static final int ELECTION_TIMEOUT_MS = 600;

    final RosterIdentity identity;
    final PeerTransport transport;
    final Node node;
    final Lines state = new Lines();
    private final Path directory;
    private final PeerId self;
    private final List<Endpoint> members;
    private final List<RaftGroupService> groups = new ArrayList<>();

    RaftNode(
            Path directory,
            Endpoint endpoint,
            long nodeId,
            List<Endpoint> members,
            @Nullable PeerTls tls) {
        identity =
                new RosterIdentity(
                        new PeerHello(
                                TestPeer.CLUSTER, nodeId, endpoint.toString(), "127.0.0.1:7400", 1),
                        (by, reason) -> {});
        PeerTransportOptions plain = PeerTransportOptions.plaintext(endpoint, identity);
        transport = new PeerTransport(tls == null ? plain : plain.withTls(tls));
        this.directory = directory;
        this.self = new PeerId(endpoint, 0);
        this.members = members;
        try {
            node = join("test", state);
            transport.server().init(null);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts one more group on the same transport. */
    Node join(String groupName, Lines lines) {
        Path home = directory.resolve(groupName);
        PeerNodeOptions options = new PeerNodeOptions(transport);
        options.setElectionTimeoutMs(ELECTION_TIMEOUT_MS);
        options.getRaftOptions().setMaxElectionDelayMs(300);
        options.setInitialConf(
                new Configuration(
                        members.stream().map(e -> new PeerId(e, 0)).collect(Collectors.toList())));
        options.setFsm(lines);
        options.setSnapshotIntervalSecs(0);
        options.setServiceFactory(
                new EngineFiles(
                        ReplicatorOptions.LOG_SEGMENT_BYTES_MIN,
                        new SyncTimes(),
                        (line, cause) -> {
                            throw new AssertionError(line, cause);
                        }));
        options.setLogUri(home.resolve("log").toString());
        options.setRaftMetaUri(home.resolve("meta").toString());
        options.setSnapshotUri(home.resolve("snapshot").toString());
        RaftGroupService group =
                new RaftGroupService(groupName, self, options, transport.server(), true);
        groups.add(group);
        try {
            Files.createDirectories(home.resolve("log"));
            Files.createDirectories(home.resolve("meta"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return group.start(false);
    }

    /** Completes when the line is applied here; fails if the engine says so. */
    CompletableFuture<Void> propose(String line) {
        return propose(node, line);
    }

    static CompletableFuture<Void> propose(Node node, String line) {
        CompletableFuture<Void> applied = new CompletableFuture<>();
        Task task = new Task();
        task.setData(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        task.setDone(status -> settle(applied, status));
        node.apply(task);
        return applied;
    }

    void snapshot() {
        CompletableFuture<Void> saved = new CompletableFuture<>();
        node.snapshot(status -> settle(saved, status));
        saved.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static void settle(CompletableFuture<Void> future, Status status) {
        if (status.isOk()) {
            future.complete(null);
        } else {
            future.completeExceptionally(new IllegalStateException(status.toString()));
        }
    }

    @Override
    public void close() {
        groups.forEach(RaftGroupService::shutdown);
        for (RaftGroupService group : groups) {
            try {
                group.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        transport.close();
    }

    static final class Lines extends StateMachineAdapter {
        volatile List<String> lines = new CopyOnWriteArrayList<>();
        volatile int snapshotsLoaded;

        @Override
        public void onApply(Iterator entries) {
            while (entries.hasNext()) {
                lines.add(StandardCharsets.UTF_8.decode(entries.getData().duplicate()).toString());
                Closure done = entries.done();
                if (done != null) {
                    done.run(Status.OK());
                }
                entries.next();
            }
        }

        @Override
        public void onSnapshotSave(SnapshotWriter writer, Closure done) {
            try {
                Files.write(Path.of(writer.getPath(), "lines"), lines);
                writer.addFile("lines");
                done.run(Status.OK());
            } catch (IOException e) {
                done.run(new Status(RaftError.EIO, "%s", e.getMessage()));
            }
        }

        @Override
        public boolean onSnapshotLoad(SnapshotReader reader) {
            try {
                lines =
                        new CopyOnWriteArrayList<>(
                                Files.readAllLines(Path.of(reader.getPath(), "lines")));
                snapshotsLoaded++;
                return true;
            } catch (IOException e) {
                return false;
            }
        }
    }
}
