package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.wire.Request;
import java.time.Duration;
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
 * @param ttlMs how long the key lives at least, in milliseconds of lease time; 0: it does not end
 *     by time; puts only
 * @param returnPrevious whether the result has the record that was there before
 */
public record WriteOptions(
        long condition,
        boolean ephemeral,
        boolean sessionless,
        List<Fence> fences,
        long ttlMs,
        boolean returnPrevious) {
    /** No condition, no fence, exactly once by the client's session. */
    public static final WriteOptions NONE =
            new WriteOptions(Request.ANY_REVISION, false, false, List.of(), Operation.NEVER, false);

    public WriteOptions {
        Check.argument(fences.size() <= Limits.FENCES_PER_COMMAND_MAX, "at most 16 fences");
        Check.atLeast(Request.ANY_REVISION, condition, "condition");
        Check.argument(
                !(ephemeral && sessionless), "an ephemeral key needs a session to belong to");
        if (ttlMs != Operation.NEVER) {
            Check.inRange(Limits.KEY_TTL_MS_MIN, Limits.KEY_TTL_MS_MAX, ttlMs, "ttl in ms");
        }
        fences = List.copyOf(fences);
    }

    /** Only if the key's modify revision is {@code revision}, at least 1. */
    public WriteOptions ifRevision(long revision) {
        Check.atLeast(1, revision, "revision");
        return new WriteOptions(revision, ephemeral, sessionless, fences, ttlMs, returnPrevious);
    }

    /** Only if the key is absent. */
    public WriteOptions ifAbsent() {
        return new WriteOptions(
                Request.ABSENT, ephemeral, sessionless, fences, ttlMs, returnPrevious);
    }

    /** The key ends with the client's session. */
    public WriteOptions asEphemeral() {
        return new WriteOptions(condition, true, sessionless, fences, ttlMs, returnPrevious);
    }

    /** Adds a token that must be live; at most 16. */
    public WriteOptions fence(Fence fence) {
        List<Fence> more = new ArrayList<>(fences);
        more.add(fence);
        return new WriteOptions(condition, ephemeral, sessionless, more, ttlMs, returnPrevious);
    }

    /** Sent once at most, without a session. */
    public WriteOptions withoutSession() {
        return new WriteOptions(condition, ephemeral, true, fences, ttlMs, returnPrevious);
    }

    /**
     * The key ends by itself, at least {@code ttl} after the put was sent: a plain put, without a
     * TTL, takes that back.
     *
     * @param ttl {@link Limits#KEY_TTL_MS_MIN} to {@link Limits#KEY_TTL_MS_MAX}, in whole
     *     milliseconds
     */
    public WriteOptions ttl(Duration ttl) {
        return new WriteOptions(
                condition, ephemeral, sessionless, fences, Limits.keyTtlMs(ttl), returnPrevious);
    }

    /** {@link WriteResult#previous} has what was there before. */
    public WriteOptions returningPrevious() {
        return new WriteOptions(condition, ephemeral, sessionless, fences, ttlMs, true);
    }

    /** Whether nothing is asked for but fences. */
    boolean isOnlyFences() {
        return condition == Request.ANY_REVISION
                && !ephemeral
                && !sessionless
                && ttlMs == Operation.NEVER
                && !returnPrevious;
    }
}
