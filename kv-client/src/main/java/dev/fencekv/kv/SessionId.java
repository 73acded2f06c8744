package dev.fencekv.kv;

import dev.fencekv.check.Check;
import org.jspecify.annotations.Nullable;

/** A session's number, given by the state machine, never reused. {@link #NONE}: no session. */
public record SessionId(long value) implements Comparable<SessionId> {
    public static final SessionId NONE = new SessionId(0);

    public SessionId {
        Check.atLeast(0, value, "session");
    }

    public boolean isNone() {
        return value == 0;
    }

    /** By hand, as is the next: the JVM takes 20 ms to make the first of them itself. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionId that && value == that.value;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(value);
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
