package dev.fencekv.kv;

import dev.fencekv.check.Check;

/** A session's number, given by the state machine, never reused. {@link #NONE}: no session. */
public record SessionId(long value) implements Comparable<SessionId> {
    public static final SessionId NONE = new SessionId(0);

    public SessionId {
        Check.atLeast(0, value, "session");
    }

    public boolean isNone() {
        return value == 0;
    }

    @Override
    public int compareTo(SessionId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
