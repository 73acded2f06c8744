package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.SessionId;
import java.util.List;
import java.util.Optional;

/**
 * The replicated log, to whoever wants something appended or confirmed. Safe from any thread; no
 * method blocks but {@link #close}.
 */
public interface Replicator extends AutoCloseable {
    /** Puts a command into the log, if this node leads; its completion tells what became of it. */
    void propose(Proposal proposal);

    /**
     * Renews a session with the next tick. Applied once the tick is, with the tick's outcome, which
     * does not say whether the session was alive: look it up.
     */
    void renew(SessionId session, Completion completion);

    /** Tells when a read on this node sees everything that was acknowledged before this call. */
    void readIndex(ReadCompletion completion);

    /** Who leads; does not ask anybody. */
    Leadership leadership();

    /** The state of this node, as far as it is applied. */
    AppliedState applied();

    /** Whether a client's stamp may enter an entry of this node. */
    StampAdmission admission();

    PhysicalClock physicalClock();

    /**
     * How old what this node has applied may be, in milliseconds: the time since it last heard from
     * a leader; 0 on the leader. By its own monotonic clock, so a node that was paused may say too
     * little until the leader has spoken again.
     */
    long ageMs();

    /** How this node sees itself and the others. */
    ReplicatorHealth health();

    long nodeId();

    /** {@link ClusterId#NONE} until the cluster is formed. */
    ClusterId cluster();

    /** All members, as this node sees them: the leader's view is the one that counts. */
    List<MemberInfo> members();

    /**
     * Says what a node shall be, if this node leads; completes once that is applied, and the leader
     * goes on from there.
     *
     * @param node a new node by its peer address; a member by its peer or client address
     * @param role {@link MemberRole#NONE}: it leaves
     */
    void placeMember(String node, MemberRole role, Completion completion);

    /**
     * Begins to hand leadership to the node that nodes or clients reach at {@code node}, or to the
     * one best caught up if it is empty. Why not, if it does not begin.
     */
    Optional<Refusal> transferLeadership(String node);

    /** Stops; returns when nothing is called back any more. Who still waits is told. */
    @Override
    void close();
}
