package dev.fencekv.server.resp;

/** What is known of one connection's client. Owned by the event loop of the connection. */
final class RespClient {
    private final long id;
    private final HeldLocks locks;
    private int version = 2;
    private String name = "";

    /** Set once: the reply to what is being executed is the last. */
    private boolean leaving;

    RespClient(long id, HeldLocks locks) {
        this.id = id;
        this.locks = locks;
    }

    /** Unique on this node while it runs. */
    long id() {
        return id;
    }

    HeldLocks locks() {
        return locks;
    }

    /** Of the protocol: 2 or 3. */
    int version() {
        return version;
    }

    void speak(int chosen) {
        version = chosen;
    }

    String name() {
        return name;
    }

    void rename(String chosen) {
        name = chosen;
    }

    boolean isLeaving() {
        return leaving;
    }

    void leave() {
        leaving = true;
    }
}
