package dev.fencekv.kv;

/**
 * A member of the cluster as its leader sees it.
 *
 * @param nodeId minted once, kept beside its log; a node that lost its disk comes with another one
 * @param peerAddress where the other nodes reach it
 * @param clientAddress where clients reach it
 * @param wanted what it was told to be; {@link MemberRole#NONE} if it is to leave
 * @param actual what it is; the leader goes on until this is what is wanted
 * @param behindEntries entries of the log that it has yet to apply; {@link #NOT_KNOWN} if it was
 *     not heard
 */
public record MemberInfo(
        long nodeId,
        String peerAddress,
        String clientAddress,
        MemberRole wanted,
        MemberRole actual,
        boolean leads,
        long behindEntries) {
    public static final long NOT_KNOWN = -1;

    /** Whether it is what it was told to be. */
    public boolean isSettled() {
        return wanted == actual && wanted != MemberRole.NONE;
    }
}
