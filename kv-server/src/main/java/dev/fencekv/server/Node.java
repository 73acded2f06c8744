package dev.fencekv.server;

import com.sun.management.OperatingSystemMXBean;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.server.admin.AdminServer;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.net.ClientServer;
import dev.fencekv.server.net.TlsHook;
import dev.fencekv.server.replication.AppliedListener;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.FatalListener;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.Replicator;
import dev.fencekv.server.replication.ReplicatorHealth;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.replication.StartRefusedException;
import dev.fencekv.server.replication.jraft.JRaftReplicator;
import dev.fencekv.server.request.NodeReport;
import dev.fencekv.server.request.RequestRouter;
import dev.fencekv.server.request.StateExtent;
import dev.fencekv.server.resp.RespCounts;
import dev.fencekv.server.resp.RespFrontDoor;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.StateView;
import dev.fencekv.server.state.WaitEnded;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: a share of the replicated log, the requests on it, and the port that clients come in
 * by. Safe from any thread.
 */
public final class Node implements AutoCloseable, AppliedListener, NodeReport {
    private static final Logger log = LoggerFactory.getLogger(Node.class);

    /** Two event loops serve clients: more threads than that only contend on small machines. */
    private final ReplicatorOptions options;

    private final PoisonRecord poison;
    private final FatalListener fatal;

    /** Null while starting: the log may call back before the rest is there. */
    private volatile @Nullable Replicator replicator;

    private volatile @Nullable RequestRouter router;
    private volatile @Nullable ClientServer clients;
    private volatile @Nullable RespFrontDoor frontDoor;
    private volatile @Nullable AdminServer admin;

    private Node(Wiring wiring, FatalListener fatal) {
        this.options = wiring.options(this::stopped, this);
        this.poison = new PoisonRecord(options.dataDir());
        this.fatal = fatal;
    }

    /** Makes the options of the log, which calls back to the node. */
    @FunctionalInterface
    public interface Wiring {
        ReplicatorOptions options(FatalListener fatal, AppliedListener listener);
    }

    /**
     * Starts a node; returns when clients can connect, which is before it has found a leader.
     *
     * @param fatal told when the node must stop
     * @param bind where to listen for clients
     * @param operators where to listen for operators, if anywhere
     * @param resp where to listen for clients of Redis, if anywhere
     * @throws StartRefusedException if it must not start as asked
     * @throws IOException if an address cannot be listened on or a file cannot be used
     */
    public static Node start(
            Wiring wiring,
            FatalListener fatal,
            InetSocketAddress bind,
            Optional<InetSocketAddress> operators,
            Optional<InetSocketAddress> resp)
            throws IOException {
        Node node = new Node(wiring, fatal);
        try {
            node.startParts(bind, operators, resp);
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void startParts(
            InetSocketAddress bind,
            Optional<InetSocketAddress> operators,
            Optional<InetSocketAddress> resp)
            throws IOException {
        if (poison.stops() >= PoisonRecord.STOPS_MAX) {
            throw new StartRefusedException(
                    "this node has stopped "
                            + PoisonRecord.STOPS_MAX
                            + " times in a row because it could not apply an entry: see "
                            + poison.file()
                            + "; install a release that can, then delete that file");
        }
        Replicator started = JRaftReplicator.start(options);
        replicator = started;
        poison.clearOnceApplied(started.applied().index());
        RequestRouter requests = new RequestRouter(started, this, Node::machineBytes);
        router = requests;
        ClientServer listening = ClientServer.start(bind, requests, TlsHook.NONE);
        clients = listening;
        if (resp.isPresent()) {
            frontDoor =
                    RespFrontDoor.start(
                            resp.get(), text(listening.address()), version(), this::status);
        }
        if (operators.isPresent()) {
            admin = AdminServer.start(operators.get(), this, this::respCounts);
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private Optional<RespCounts> respCounts() {
        return Optional.ofNullable(frontDoor).map(RespFrontDoor::counts);
    }

    private static long machineBytes() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }

    private void stopped(String line, Throwable cause) {
        if (cause instanceof PoisonedException stop) {
            try {
                poison.add(stop);
            } catch (IOException e) {
                log.error("cannot note the stop in {}: {}", poison.file(), e.getMessage());
            }
        }
        fatal.onFatal(line, cause);
    }

    @Override
    public void onWaitsEnded(List<WaitEnded> ended) {
        RequestRouter requests = router;
        if (requests != null) {
            requests.waitsEnded(ended);
        }
    }

    @Override
    public void onStateReplaced() {
        RequestRouter requests = router;
        if (requests != null) {
            requests.stateReplaced();
        }
    }

    @Override
    public void onLeadershipChanged(Leadership leadership) {
        log.info(
                "role={} ready={} term={} leader={}",
                leadership.role(),
                leadership.ready(),
                leadership.term(),
                leadership.leaderPeer().isEmpty() ? "unknown" : leadership.leaderPeer());
    }

    @Override
    public NodeStatus status() {
        Replicator known = started();
        Leadership leadership = known.leadership();
        AppliedState applied = known.applied();
        return applied.read(
                machine -> {
                    StateView view = machine.view();
                    AppliedState.Digest digest = applied.digestNow();
                    return new NodeStatus(
                            options.clientAddress(),
                            known.nodeId(),
                            known.cluster(),
                            leadership.role(),
                            leadership.leaderClient(),
                            leadership.term(),
                            applied.index().get(),
                            machine.revision(),
                            machine.lastStamp(),
                            digest.value(),
                            digest.index(),
                            machine.featureLevel(),
                            view.keyCount(),
                            view.chargedBytes(),
                            view.sessionCount(),
                            view.lockCount(),
                            clientAddresses(machine),
                            version());
                });
    }

    @Override
    public StateExtent extent() {
        return started()
                .applied()
                .read(
                        machine -> {
                            StateView view = machine.view();
                            return new StateExtent(
                                    view.expiringKeyCount(),
                                    view.oldestRevision(),
                                    view.historyMemoryBytes());
                        });
    }

    @Override
    public NodeHealth health() {
        Replicator known = started();
        ReplicatorHealth health = known.health();
        Map<String, String> addresses = known.applied().read(Node::clientAddressesByPeer);
        return new NodeHealth(
                options.clientAddress(),
                known.leadership().role(),
                health.electionTimeoutMs(),
                health.clock(),
                known.physicalClock().wallOffsetMs(),
                health.syncP99Micros(),
                health.pauses(),
                health.longestPauseMs(),
                health.peers().stream()
                        .map(
                                peer ->
                                        peer.withAddress(
                                                addresses.getOrDefault(
                                                        peer.address(), peer.address())))
                        .toList());
    }

    private static Map<String, String> clientAddressesByPeer(KvStateMachine machine) {
        Map<String, String> addresses = new TreeMap<>();
        machine.members()
                .forEach(member -> addresses.put(member.peerAddress(), member.clientAddress()));
        return addresses;
    }

    private Replicator started() {
        Replicator known = replicator;
        if (known == null) {
            throw new IllegalStateException("the node is starting");
        }
        return known;
    }

    private static List<String> clientAddresses(KvStateMachine machine) {
        return machine.members().stream().map(Member::clientAddress).toList();
    }

    /** This release, as its jar says. */
    static String version() {
        return Optional.ofNullable(Node.class.getPackage().getImplementationVersion())
                .orElse("unpackaged");
    }

    /** Where clients are listened for; the port is the real one, also if it was asked for as 0. */
    public InetSocketAddress clientAddress() {
        ClientServer listening = clients;
        if (listening == null) {
            throw new IllegalStateException("the node is not listening");
        }
        return listening.address();
    }

    /** Stops taking requests, then leaves the log. Takes a few seconds at most. */
    @Override
    public void close() {
        AdminServer telling = admin;
        if (telling != null) {
            telling.close();
        }
        // It speaks to the cluster as a client of this node: while that can still be answered.
        RespFrontDoor second = frontDoor;
        if (second != null) {
            second.close();
        }
        ClientServer listening = clients;
        if (listening != null) {
            listening.close();
        }
        Replicator known = replicator;
        if (known != null) {
            known.close();
        }
    }
}
