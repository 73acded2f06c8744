package dev.fencekv.bench.load;

/** What can be asked of a store. The names are those of the command line and of reports. */
public enum Operation {
    PUT("put", "key-"),
    /** A put that shows a live token, of a key that a guard covers. */
    PUT_FENCED("put-fenced", "fen-"),
    /** A put that shows a token that is no longer live; being refused is its success. */
    PUT_REJECTED("put-rejected", "rej-"),
    /** A read that sees every write acknowledged before it. */
    GET_LINEARIZABLE("get-linearizable", "key-"),
    /** A read of whatever the asked node has applied. */
    GET_STALE("get-stale", "key-"),
    /** Acquire and release of a lock that nobody else wants. */
    LOCK_CYCLE("lock-cycle", "key-");

    private final String text;
    private final String keyPrefix;

    Operation(String text, String keyPrefix) {
        this.text = text;
        this.keyPrefix = keyPrefix;
    }

    public String text() {
        return text;
    }

    /** Whether its keys must hold records before it is asked for. */
    public boolean usesRecords() {
        return this != PUT_REJECTED && this != LOCK_CYCLE;
    }

    /** What its keys begin with; the same length for all, so that keys are equally long. */
    public String keyPrefix() {
        return keyPrefix;
    }
}
