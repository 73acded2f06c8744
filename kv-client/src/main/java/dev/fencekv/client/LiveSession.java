package dev.fencekv.client;

import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One session from its opening to its end. Owned by the event loop, except {@link #state}, which
 * any thread may ask.
 *
 * <p>Guarantees: once {@link #state} has answered LOST it answers LOST for ever.
 */
final class LiveSession {
    private final SessionNonce nonce;
    final SequenceWindow window = new SequenceWindow();

    /** Commands that wait for the opening or for room in the window. */
    final Deque<Call> waiting = new ArrayDeque<>();

    /** Completed once the store has said who we are. */
    final CompletableFuture<SessionId> opened = new CompletableFuture<>();

    /** Completed by the next renewal that is acknowledged, or by the end. */
    final List<CompletableFuture<Void>> confirmations = new ArrayList<>();

    /** So that a user who asks in a loop does not fill the event loop's queue. */
    final AtomicBoolean noticePosted = new AtomicBoolean();

    /** Run when the session ends: what waits without a request under way. */
    final Set<Runnable> dependents = new LinkedHashSet<>();

    /** Whether {@link #waiting} is being emptied. */
    boolean draining;

    Timers.@Nullable Timer pulse;
    boolean renewing;

    /** Whether the last one was: the next waits until it is due, however urgent it is. */
    boolean renewalFailed;

    long renewalDueNanos;

    /** Whether the end was dealt with. */
    boolean ended;

    private volatile SessionId id = SessionId.NONE;

    /** Null until opened; then replaced by each acknowledged renewal. */
    private volatile @Nullable Lease lease;

    /** Set by whoever sees the deadline pass first; never cleared. */
    private volatile boolean over;

    LiveSession(SessionNonce nonce) {
        this.nonce = nonce;
    }

    SessionNonce nonce() {
        return nonce;
    }

    List<Call> takeWaiting() {
        List<Call> taken = new ArrayList<>(waiting);
        waiting.clear();
        return taken;
    }

    /** NONE until opened. */
    SessionId id() {
        return id;
    }

    boolean isOpen() {
        return !id.isNone() && !over;
    }

    void open(SessionId given, Lease first) {
        lease = first;
        id = given;
    }

    void renewed(Lease next) {
        lease = next;
    }

    void markOver() {
        over = true;
    }

    /** Null until opened. */
    @Nullable Lease lease() {
        return lease;
    }

    /** What may be believed now: HELD, SUSPECT or LOST. */
    LockState state(Clocks clocks) {
        Lease current = lease;
        if (over || current == null) {
            return LockState.LOST;
        }
        LockState now = current.at(clocks.read());
        // The lease may have been renewed meanwhile; a false alarm must not become a true loss.
        if (now == LockState.LOST && current != lease) {
            return state(clocks);
        }
        if (now == LockState.LOST) {
            over = true;
        }
        return over ? LockState.LOST : now;
    }
}
