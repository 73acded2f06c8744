package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import dev.fencekv.server.health.HealthMonitor;
import dev.fencekv.server.replication.PeerView;
import dev.fencekv.server.replication.ReplicationGroup;
import dev.fencekv.server.replication.SeenPeer;
import dev.fencekv.server.replication.jraft.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The other nodes by the transport, the health monitor and the engine. Safe from any thread. */
final class EngineGroup implements PeerView {
    private final String self;
    private final Supplier<List<String>> addresses;
    private final PeerTransport transport;
    private final HealthMonitor health;
    private final JoiningNodes joining;

    /** Null until the engine's node is made. */
    private volatile @Nullable Node node;

    /**
     * @param self this node's peer address
     * @param addresses those of all nodes of the cluster
     */
    EngineGroup(
            String self,
            Supplier<List<String>> addresses,
            PeerTransport transport,
            HealthMonitor health,
            JoiningNodes joining) {
        this.self = self;
        this.addresses = addresses;
        this.transport = transport;
        this.health = health;
        this.joining = joining;
    }

    void connect(Node made) {
        node = made;
    }

    @Override
    public List<SeenPeer> accepted() {
        List<SeenPeer> seen = new ArrayList<>();
        for (String peer : addresses.get()) {
            transport.peer(peer).map(PeerJudge::seen).ifPresent(seen::add);
        }
        return seen;
    }

    @Override
    public Optional<SeenPeer> joining(String peerAddress) {
        return joining.at(peerAddress);
    }

    @Override
    public boolean isHeard(String peerAddress) {
        return peerAddress.equals(self) || health.hasReported(peerAddress);
    }

    @Override
    public long behindEntries(String peerAddress) {
        Node engine = node;
        if (engine == null || peerAddress.equals(self)) {
            return 0;
        }
        long applied = health.appliedIndex(peerAddress);
        return applied == 0 ? Long.MAX_VALUE : Math.max(0, engine.getLastLogIndex() - applied);
    }

    /** Whether the node could lead if this one, which leads, left the lead to it. */
    boolean votes(String peerAddress) {
        return group().filter(now -> now.voters().contains(peerAddress)).isPresent();
    }

    @Override
    public Optional<ReplicationGroup> group() {
        Node engine = node;
        if (engine == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new ReplicationGroup(
                            addressesOf(engine.listPeers()), addressesOf(engine.listLearners())));
        } catch (IllegalStateException e) {
            // It does not lead, or not any more.
            return Optional.empty();
        }
    }

    private static List<String> addressesOf(List<PeerId> peers) {
        return peers.stream().map(peer -> peer.getEndpoint().toString()).toList();
    }

    @Override
    public Optional<String> transferTo(String peerAddress) {
        Node engine = node;
        if (engine == null) {
            return Optional.of("this node is starting");
        }
        Status status = engine.transferLeadershipTo(JRaftReplicator.peerId(peerAddress));
        return status.isOk() ? Optional.empty() : Optional.of(status.getErrorMsg());
    }

    @Override
    public void change(ReplicationGroup next, Consumer<Optional<String>> done) {
        Node engine = node;
        if (engine == null) {
            done.accept(Optional.of("this node is starting"));
            return;
        }
        Configuration configuration = new Configuration();
        next.voters().forEach(each -> configuration.addPeer(JRaftReplicator.peerId(each)));
        next.learners().forEach(each -> configuration.addLearner(JRaftReplicator.peerId(each)));
        engine.changePeers(
                configuration,
                status ->
                        done.accept(
                                status.isOk()
                                        ? Optional.empty()
                                        : Optional.of(status.getErrorMsg())));
    }
}
