package dev.fencekv.kv;

import dev.fencekv.check.Check;

/**
 * Which command of which session this is, so that it applies once however often it is sent.
 *
 * @param session {@link SessionId#NONE} for a command that is not deduplicated
 * @param sequence from 1 within the session; one sequence number has one outcome for ever
 * @param floor all sequence numbers below are settled for the client; {@code 1 <= floor <=
 *     sequence}
 */
public record RequestId(SessionId session, long sequence, long floor) {
    /** No session: not deduplicated, never sent twice. */
    public static final RequestId NONE = new RequestId(SessionId.NONE, 0, 0);

    public RequestId {
        if (session.isNone()) {
            Check.argument(
                    sequence == 0 && floor == 0, "without a session sequence and floor must be 0");
        } else {
            Check.atLeast(1, floor, "floor");
            Check.atLeast(floor, sequence, "sequence");
        }
    }

    public boolean isNone() {
        return session.isNone();
    }
}
