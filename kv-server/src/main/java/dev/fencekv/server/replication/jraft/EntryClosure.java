package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.error.RaftError;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.SealedEntry;

/**
 * What the engine hands back with an entry of ours.
 *
 * <p>HAZARD: the engine says EPERM for "I do not lead, so I did not append" and for "I stepped down
 * with your entry in my log". Only EBUSY is said before anything was appended, and nowhere else.
 */
record EntryClosure(SealedEntry entry) implements Closure {
    /** Called for failures only: what is applied is ended by the apply thread itself. */
    @Override
    public void run(Status status) {
        if (status.getRaftError() == RaftError.EBUSY) {
            entry.notAppended(Refusal.unavailable(status.getErrorMsg()));
        } else {
            entry.lost();
        }
    }
}
