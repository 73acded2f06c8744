package dev.fencekv.cli;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import java.util.Optional;

/**
 * Builds a rejection: session 3, worker-1, wrote disk/7 with token 33 of lock disk, which nobody
 * held, once; unless told otherwise. Owned by one test.
 */
final class Rejected {
    private final long revision;
    private final FenceReason reason;
    private SessionId session = new SessionId(3);
    private String label = "worker-1";
    private Optional<Key> key = Optional.of(Key.of("disk/7"));
    private FencingToken shown = new FencingToken(33);
    private FencingToken live = FencingToken.NONE;
    private Optional<FenceReason> ended = Optional.empty();
    private String successor = "";
    private boolean enforced = true;
    private long repeats = 1;

    private Rejected(long revision, FenceReason reason) {
        this.revision = revision;
        this.reason = reason;
    }

    static Rejected of(long revision, FenceReason reason) {
        return new Rejected(revision, reason);
    }

    FenceReason reason() {
        return reason;
    }

    /** The shown token ended at revision 12. */
    Rejected ended(FenceReason how) {
        ended = Optional.of(how);
        return this;
    }

    /** {@code holder}: as in the evidence; may be empty. */
    Rejected live(long token, String holder) {
        live = new FencingToken(token);
        successor = holder;
        return this;
    }

    Rejected grantedLastTo(String label) {
        successor = label;
        return this;
    }

    Rejected withoutToken() {
        shown = FencingToken.NONE;
        return this;
    }

    Rejected release() {
        key = Optional.empty();
        return this;
    }

    Rejected observed() {
        enforced = false;
        return this;
    }

    Rejected withoutLabel() {
        label = "";
        return this;
    }

    Rejected withoutSession() {
        session = SessionId.NONE;
        return withoutLabel();
    }

    Rejected times(long times) {
        repeats = times;
        return this;
    }

    Rejection build() {
        FenceViolation violation =
                new FenceViolation(
                        reason,
                        new LockName("disk"),
                        shown,
                        live,
                        ended,
                        ended.isPresent() ? 12 : 0,
                        ended.isPresent()
                                ? HybridTimestamp.ofMillis(1_700_000_007_000L)
                                : HybridTimestamp.ZERO,
                        new SessionLabel(successor));
        return new Rejection(
                revision,
                HybridTimestamp.ofMillis(1_700_000_009_000L),
                session,
                new SessionLabel(label),
                key,
                violation,
                enforced,
                repeats);
    }
}
