package dev.fencekv.server.replication.jraft.transport;

/** Told what a peer's state adds up to. */
@FunctionalInterface
public interface DigestListener {
    /**
     * @param address the peer's
     * @param index of the entry after which it was taken
     */
    void onDigest(String address, long index, long digest);
}
