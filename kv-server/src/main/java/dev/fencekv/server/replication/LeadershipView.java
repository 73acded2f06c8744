package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.server.command.Member;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts together what is known of leadership. Owned by the apply thread; {@link #get} is safe from
 * any.
 */
public final class LeadershipView {
    private final String ownPeer;
    private final Consumer<Leadership> changed;

    private NodeRole role = NodeRole.FOLLOWER;
    private long term;
    private String leaderPeer = "";
    private boolean formed;
    private boolean learns;
    private List<Member> members = List.of();

    private volatile Leadership published = Leadership.NONE;

    /**
     * @param changed told of each change, by the apply thread
     */
    public LeadershipView(String ownPeer, Consumer<Leadership> changed) {
        this.ownPeer = ownPeer;
        this.changed = changed;
    }

    public Leadership get() {
        return published;
    }

    /** All entries before the leadership are applied. */
    public void lead(long leadershipTerm) {
        set(NodeRole.LEADER, leadershipTerm, ownPeer);
    }

    /** Nobody is known to lead. */
    public void noLeader() {
        set(NodeRole.FOLLOWER, term, "");
    }

    public void follow(String leader, long leadershipTerm) {
        set(NodeRole.FOLLOWER, leadershipTerm, leader);
    }

    /** Nothing is applied any more. */
    public void stopped() {
        set(NodeRole.STOPPED, term, "");
    }

    /**
     * What the applied state says of the cluster.
     *
     * @param learner whether this node has no vote
     */
    public void cluster(ClusterId cluster, List<Member> known, boolean learner) {
        formed = !cluster.isNone();
        members = known;
        learns = learner;
        publish();
    }

    private void set(NodeRole newRole, long newTerm, String newLeader) {
        if (role == NodeRole.STOPPED) {
            return;
        }
        role = newRole;
        term = newTerm;
        leaderPeer = newLeader;
        publish();
    }

    private void publish() {
        boolean ready = role == NodeRole.LEADER && formed;
        NodeRole shown = role == NodeRole.FOLLOWER && learns ? NodeRole.LEARNER : role;
        Leadership now = new Leadership(shown, ready, term, leaderPeer, clientAddress());
        if (!now.equals(published)) {
            published = now;
            changed.accept(now);
        }
    }

    private String clientAddress() {
        for (Member member : members) {
            if (member.peerAddress().equals(leaderPeer)) {
                return member.clientAddress();
            }
        }
        return "";
    }
}
