package dev.fencekv.client;

/** What a client may believe of a lock at this moment. */
public enum LockState {
    /** Held: nobody else can have been granted it. */
    HELD,
    /** This machine seems to have been suspended; a renewal is under way that will tell. */
    SUSPECT,
    /** Somebody else may hold it. Final for this grant. */
    LOST,
    /** Not locked, or given back. */
    RELEASED
}
