package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.util.RepeatedTimer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets the election timer of a node run that has become a voter.
 *
 * <p>HAZARD: the engine starts no election timer on a node that starts as a learner, nor when it is
 * made a voter, but with the next term. Until then it would never stand for election. If it alone
 * has all of the log, because the others of its majority were down meanwhile, nobody could be
 * elected. The timer is a private field of the engine's release that we are pinned to.
 */
final class ElectionTimerStart {
    private static final VarHandle ELECTION_TIMER;

    static {
        try {
            ELECTION_TIMER =
                    MethodHandles.privateLookupIn(NodeImpl.class, MethodHandles.lookup())
                            .findVarHandle(NodeImpl.class, "electionTimer", RepeatedTimer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private ElectionTimerStart() {}

    /** Does nothing if it runs. Takes the timer's lock only. */
    static void ensure(Node node) {
        ((RepeatedTimer) ELECTION_TIMER.get((NodeImpl) node)).start();
    }
}
