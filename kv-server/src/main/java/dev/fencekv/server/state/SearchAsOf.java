package dev.fencekv.server.state;

/**
 * A read of the records as of a revision, which may have to pass many changes: done in portions, so
 * that nobody holds up apply for longer than one takes. Between them the state may change, and be
 * replaced by a snapshot: what is asked for stays the same as long as the revision is known.
 *
 * <p>Owned by one thread at a time; {@link #go} is to be called while nobody applies.
 */
public interface SearchAsOf {
    /**
     * Goes on; false if it needs another portion.
     *
     * @param records as of the same revision each time, as they can be told from the state of now
     */
    boolean go(RecordsAsOf records, Steps steps);
}
