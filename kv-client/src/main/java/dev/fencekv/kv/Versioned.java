package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;

/**
 * A record: a value and how it came to be.
 *
 * @param createRevision the revision of the put that made the key exist
 * @param modifyRevision the revision of its last put
 * @param version puts since the key exists, from 1
 * @param stamp the hybrid logical clock stamp of the last put
 * @param token the token shown with the last put; {@link FencingToken#NONE} if none
 * @param owner the session that the key belongs to and ends with; {@link SessionId#NONE} if none
 * @param writer the session of the last writer; {@link SessionId#NONE} if it had none
 * @param writerSequence the last writer's sequence number; 0 if it had no session
 */
public record Versioned(
        Value value,
        long createRevision,
        long modifyRevision,
        long version,
        HybridTimestamp stamp,
        FencingToken token,
        SessionId owner,
        SessionId writer,
        long writerSequence) {
    /** The same but for its value. */
    public Versioned withValue(Value other) {
        return new Versioned(
                other,
                createRevision,
                modifyRevision,
                version,
                stamp,
                token,
                owner,
                writer,
                writerSequence);
    }
}
