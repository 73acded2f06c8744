package dev.fencekv.server.replication.jraft;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.replication.DataDirectory;
import dev.fencekv.server.replication.NodeIdentity;
import dev.fencekv.server.replication.SeenPeer;
import dev.fencekv.server.replication.jraft.transport.PeerHello;
import dev.fencekv.server.replication.jraft.transport.PeerIdentity;
import dev.fencekv.server.replication.jraft.transport.Verdict;
import dev.fencekv.server.state.KvStateMachine;
import java.security.cert.Certificate;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Judges peers by what stands in this node's directory: its cluster, and the members as last
 * applied. Refused: a node of another cluster; a known address with another node id, which is a
 * node that lost its disk and must not vote as if it had not; a known node id at another address,
 * which is a copied directory; and, once the cluster is formed, whoever is no member, because the
 * engine takes votes and entries from anybody.
 *
 * <p>HAZARD: a node that lags, or has yet to apply what it was sent, knows members of before.
 * Judged by them, the leader of now could be a stranger, and this node never hear what it would
 * learn from him. So whoever of this cluster knows members of later is accepted. One that was
 * removed knows less than anybody who knows that.
 *
 * <p>Safe from any thread; answers from memory.
 */
final class PeerJudge implements PeerIdentity {
    private final DataDirectory directory;
    private final String clientAddress;
    private final boolean joins;
    private final JoiningNodes joining;
    private final BiConsumer<String, String> onRefused;
    private final BiConsumer<String, String> onForeign;

    /**
     * @param joins whether this node, without a cluster, wants to be added to one
     * @param joining told of those that are refused and want to join
     * @param onRefused (address of the one who refused us, reason)
     * @param onForeign (address of the one of another cluster, reason)
     */
    PeerJudge(
            DataDirectory directory,
            String clientAddress,
            boolean joins,
            JoiningNodes joining,
            BiConsumer<String, String> onRefused,
            BiConsumer<String, String> onForeign) {
        this.directory = directory;
        this.clientAddress = clientAddress;
        this.joins = joins;
        this.joining = joining;
        this.onRefused = onRefused;
        this.onForeign = onForeign;
    }

    @Override
    public PeerHello local() {
        NodeIdentity own = directory.identity();
        return new PeerHello(
                own.cluster(),
                own.nodeId(),
                own.peerAddress(),
                clientAddress,
                KvStateMachine.FEATURE_LEVEL_MAX,
                own.membersIndex(),
                joins && !own.isFormed());
    }

    /**
     * HAZARD: only now, not when it is judged again. A connection keeps the greeting of a node that
     * was new then, has been a member since, and was forgotten: let in again by that, a dead id
     * would take its address.
     */
    @Override
    public void onTurnedAway(PeerHello remote) {
        if (remote.joins()) {
            joining.refused(seen(remote));
        }
    }

    @Override
    public Verdict judge(PeerHello remote, List<Certificate> certificates) {
        Verdict verdict = judge(remote);
        if (verdict.accepted()) {
            joining.accepted(remote.address());
        }
        return verdict;
    }

    private Verdict judge(PeerHello remote) {
        NodeIdentity own = directory.identity();
        ClusterId theirs = remote.cluster();
        if (own.isFormed() && !theirs.isNone() && !own.cluster().equals(theirs)) {
            String reason =
                    "this is cluster "
                            + own.cluster()
                            + ", not "
                            + theirs
                            + " of "
                            + remote.address();
            onForeign.accept(remote.address(), reason);
            return Verdict.refuse(reason);
        }
        if (own.isFormed()
                && theirs.equals(own.cluster())
                && remote.membersIndex() > own.membersIndex()) {
            return Verdict.accept();
        }
        for (Member member : own.members()) {
            boolean sameAddress = member.peerAddress().equals(remote.address());
            boolean sameNode = member.nodeId() == remote.nodeId();
            if (sameAddress && !sameNode) {
                return Verdict.refuse(
                        "%s is node %016x here, not %016x: it has lost its data"
                                .formatted(remote.address(), member.nodeId(), remote.nodeId()));
            }
            if (sameNode && !sameAddress) {
                return Verdict.refuse(
                        "node %016x is at %s here, not at %s: its directory was copied"
                                .formatted(
                                        remote.nodeId(), member.peerAddress(), remote.address()));
            }
            if (sameAddress && sameNode) {
                return Verdict.accept();
            }
        }
        return own.isFormed()
                ? Verdict.refuse(remote.address() + " is no member of this cluster")
                : Verdict.accept();
    }

    @Override
    public void onRefused(String byAddress, String reason) {
        onRefused.accept(byAddress, reason);
    }

    static SeenPeer seen(PeerHello hello) {
        return new SeenPeer(
                hello.cluster(),
                new Member(hello.nodeId(), hello.address(), hello.clientAddress()),
                hello.featureLevel());
    }
}
