package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.kv.ClusterId;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Judges by a roster of addresses and node ids. Refused: another cluster's node, and a known
 * address with another node id, which is a node that lost its disk and must not vote as if it had
 * not. A node that belongs to no cluster yet is let in: it cannot do harm before it is made a
 * member.
 *
 * <p>Safe from any thread.
 */
public final class RosterIdentity implements PeerIdentity {
    private final Map<String, Long> nodeIds = new ConcurrentHashMap<>();
    private final BiConsumer<String, String> onRefused;
    private volatile PeerHello local;

    /**
     * @param onRefused (address of the one who refused us, reason)
     */
    public RosterIdentity(PeerHello local, BiConsumer<String, String> onRefused) {
        this.local = local;
        this.onRefused = onRefused;
    }

    /** The node has become part of a cluster. */
    public void joined(ClusterId cluster) {
        local =
                new PeerHello(
                        cluster,
                        local.nodeId(),
                        local.address(),
                        local.clientAddress(),
                        local.featureLevel());
    }

    public void remember(String address, long nodeId) {
        nodeIds.put(address, nodeId);
    }

    public void forget(String address) {
        nodeIds.remove(address);
    }

    @Override
    public PeerHello local() {
        return local;
    }

    @Override
    public Verdict judge(PeerHello remote, List<Certificate> certificates) {
        ClusterId ours = local.cluster();
        ClusterId theirs = remote.cluster();
        if (!ours.isNone() && !theirs.isNone() && !ours.equals(theirs)) {
            return Verdict.refuse("foreign cluster " + theirs + ", this is " + ours);
        }
        Long known = nodeIds.get(remote.address());
        if (known != null && known != remote.nodeId()) {
            return Verdict.refuse(
                    String.format(
                            "%s is node %016x here, not %016x: a node that lost its disk joins anew",
                            remote.address(), known, remote.nodeId()));
        }
        return Verdict.accept();
    }

    @Override
    public void onRefused(String byAddress, String reason) {
        onRefused.accept(byAddress, reason);
    }
}
