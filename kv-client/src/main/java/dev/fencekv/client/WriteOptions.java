package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * How to write. Immutable; each method returns a changed copy.
 *
 * @param condition the modify revision that the key must have; 0: must be absent; -1: any
 * @param ephemeral whether the key belongs to the client's session and ends with it; puts only
 * @param sessionless whether to write without a session: cheaper by the session's opening, but sent
 *     once at most, so that a lost connection ends in {@link OutcomeUnknownException}
 * @param fences tokens that must be live at the moment of the write
 */
public record WriteOptions(
        long condition, boolean ephemeral, boolean sessionless, List<Fence> fences) {
    /** No condition, no fence, exactly once by the client's session. */
    public static final WriteOptions NONE =
            new WriteOptions(Request.ANY_REVISION, false, false, List.of());

    public WriteOptions {
        Check.argument(fences.size() <= Limits.FENCES_PER_COMMAND_MAX, "at most 16 fences");
        Check.atLeast(Request.ANY_REVISION, condition, "condition");
        Check.argument(
                !(ephemeral && sessionless), "an ephemeral key needs a session to belong to");
        fences = List.copyOf(fences);
    }

    /** Only if the key's modify revision is {@code revision}, at least 1. */
    public WriteOptions ifRevision(long revision) {
        Check.atLeast(1, revision, "revision");
        return new WriteOptions(revision, ephemeral, sessionless, fences);
    }

    /** Only if the key is absent. */
    public WriteOptions ifAbsent() {
        return new WriteOptions(Request.ABSENT, ephemeral, sessionless, fences);
    }

    /** The key ends with the client's session. */
    public WriteOptions asEphemeral() {
        return new WriteOptions(condition, true, sessionless, fences);
    }

    /** Adds a token that must be live; at most 16. */
    public WriteOptions fence(Fence fence) {
        List<Fence> more = new ArrayList<>(fences);
        more.add(fence);
        return new WriteOptions(condition, ephemeral, sessionless, more);
    }

    /** Sent once at most, without a session. */
    public WriteOptions withoutSession() {
        return new WriteOptions(condition, ephemeral, true, fences);
    }
}
