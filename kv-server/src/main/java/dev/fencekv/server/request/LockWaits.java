package dev.fencekv.server.request;

import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.server.state.WaitEnded;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The waits for locks whose clients are connected to this node. A wait ends in apply, on every
 * node; the one that has the connection tells the client.
 *
 * <p>Assumptions: (1) a wait is registered before its acquire is proposed, so that an end that is
 * applied before the proposer hears of the place finds the wait.
 *
 * <p>Guarantees: (1) the client hears the end of the place it was told of, not of one that it had
 * before; (2) it hears that once, and after it was told of the place. Safe from any thread.
 */
final class LockWaits {
    /** Whose wait for what. */
    record Owner(SessionId session, long owner, LockName lock) {}

    /** One request that waits. */
    final class Wait {
        private static final long NOT_TOLD = 0;

        private final Owner owner;
        private final Caller caller;
        private final Consumer<WaitEnded> tellEnd;

        /** The place that the client was told of. Guarded by this, as all below. */
        private long place = NOT_TOLD;

        /** Ends that came before the client was told of a place. */
        private final List<WaitEnded> early = new ArrayList<>(0);

        private boolean over;

        private Wait(Owner owner, Caller caller, Consumer<WaitEnded> tellEnd) {
            this.owner = owner;
            this.caller = caller;
            this.tellEnd = tellEnd;
        }

        Owner owner() {
            return owner;
        }

        /** Whom to tell. */
        Caller caller() {
            return caller;
        }

        /**
         * The client has been told of its place in the queue: from here on it can be told the end.
         */
        void queuedAt(long told) {
            WaitEnded end = null;
            synchronized (this) {
                place = told;
                for (WaitEnded candidate : early) {
                    if (candidate.place() == told) {
                        end = candidate;
                    }
                }
                early.clear();
            }
            if (end != null) {
                ended(end);
            }
        }

        /** Apply has ended a place of this owner. */
        void ended(WaitEnded end) {
            synchronized (this) {
                if (over) {
                    return;
                }
                if (place == NOT_TOLD) {
                    early.add(end);
                    return;
                }
                if (place != end.place()) {
                    return;
                }
                over = true;
            }
            remove(this);
            tellEnd.accept(end);
        }

        /** The end was found by looking, not by hearing of it. False if it was told already. */
        boolean finish() {
            synchronized (this) {
                if (over) {
                    return false;
                }
                over = true;
            }
            remove(this);
            return true;
        }

        synchronized boolean isTold() {
            return place != NOT_TOLD && !over;
        }
    }

    private final Map<Owner, List<Wait>> waits = new ConcurrentHashMap<>();

    /** {@code tellEnd} must not block. */
    Wait register(Owner owner, Caller caller, Consumer<WaitEnded> tellEnd) {
        Wait wait = new Wait(owner, caller, tellEnd);
        waits.compute(
                owner,
                (unused, others) -> {
                    List<Wait> all = others == null ? new CopyOnWriteArrayList<>() : others;
                    all.add(wait);
                    return all;
                });
        return wait;
    }

    private void remove(Wait wait) {
        waits.computeIfPresent(
                wait.owner,
                (unused, all) -> {
                    all.remove(wait);
                    return all.isEmpty() ? null : all;
                });
    }

    void ended(WaitEnded end) {
        List<Wait> all = waits.get(new Owner(end.session(), end.owner(), end.lock()));
        if (all != null) {
            for (Wait wait : all) {
                wait.ended(end);
            }
        }
    }

    /** The client is gone; its place in the queue stays until its session ends or it cancels. */
    void closed(ClientConnection connection) {
        for (Wait wait : all()) {
            if (wait.caller.connection() == connection) {
                wait.finish();
            }
        }
    }

    /** All waits, to be examined again: the state was replaced and nobody said what ended. */
    List<Wait> all() {
        List<Wait> all = new ArrayList<>();
        for (List<Wait> some : waits.values()) {
            all.addAll(some);
        }
        return all;
    }
}
