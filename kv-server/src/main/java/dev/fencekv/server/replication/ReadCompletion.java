package dev.fencekv.server.replication;

/** Told when a read may go ahead: one method, once, on any thread, with no lock held. */
public interface ReadCompletion {
    /** This node has applied everything up to {@code index}, and all that the read must see. */
    void ready(long index);

    /** The read cannot be served here now. Nothing was changed by trying. */
    void failed(Refusal refusal);
}
