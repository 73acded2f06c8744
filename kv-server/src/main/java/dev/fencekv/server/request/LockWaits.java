package dev.fencekv.server.request;

import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.state.LockUse;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.wire.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The waits for locks whose clients are connected to this node. A wait ends in apply, on every
 * node; the one that has the connection tells the client.
 *
 * <p>Assumptions: (1) a wait is registered before its acquire is proposed, so that an end that is
 * applied before the proposer hears of the place finds the wait.
 *
 * <p>Guarantees: (1) the client hears the end of the place it was told of, not of one that it had
 * before; (2) it hears that once, and after it was told of the place; (3) a connection has at most
 * one wait for a place it was told of: a client may ask as often as it likes. Safe from any thread.
 */
final class LockWaits {
    /** Whose wait for what. */
    record Owner(SessionId session, long owner, LockName lock) {}

    /** One request that waits. */
    final class Wait {
        private static final long NOT_TOLD = 0;

        private final Owner owner;
        private final LockUse use;
        private final Caller caller;
        private final Consumer<WaitEnded> tellEnd;

        /** The place that the client was told of. Guarded by this, as all below. */
        private long place = NOT_TOLD;

        /** Ends that came before the client was told of a place. */
        private final List<WaitEnded> early = new ArrayList<>(0);

        private boolean over;

        private Wait(Owner owner, LockUse use, Caller caller, Consumer<WaitEnded> tellEnd) {
            this.owner = owner;
            this.use = use;
            this.caller = caller;
            this.tellEnd = tellEnd;
        }

        Owner owner() {
            return owner;
        }

        /** How it wants to hold the lock. */
        LockUse use() {
            return use;
        }

        /** Whom to tell. */
        Caller caller() {
            return caller;
        }

        /**
         * The client has been told of its place in the queue: from here on it can be told the end.
         * An earlier request of the same connection that waits for it is told that no more follows.
         */
        void queuedAt(long told) {
            for (Wait other : waits.getOrDefault(owner, Set.of())) {
                if (other != this && other.caller.connection() == caller.connection()) {
                    other.replaced();
                }
            }
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

        /** One that was not told of a place yet will take this one's place when it is. */
        private void replaced() {
            if (isTold() && finish()) {
                caller.send(Status.QUEUED, Reply.NOTHING);
            }
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

    private final Map<Owner, Set<Wait>> waits = new ConcurrentHashMap<>();
    private final Map<ClientConnection, Set<Wait>> byConnection = new ConcurrentHashMap<>();

    /** {@code tellEnd} must not block. */
    Wait register(Owner owner, LockUse use, Caller caller, Consumer<WaitEnded> tellEnd) {
        Wait wait = new Wait(owner, use, caller, tellEnd);
        add(waits, owner, wait);
        add(byConnection, caller.connection(), wait);
        return wait;
    }

    private void remove(Wait wait) {
        drop(waits, wait.owner, wait);
        drop(byConnection, wait.caller.connection(), wait);
    }

    private static <K> void add(Map<K, Set<Wait>> map, K key, Wait wait) {
        map.compute(
                key,
                (unused, others) -> {
                    Set<Wait> all = others == null ? ConcurrentHashMap.newKeySet(1) : others;
                    all.add(wait);
                    return all;
                });
    }

    private static <K> void drop(Map<K, Set<Wait>> map, K key, Wait wait) {
        map.computeIfPresent(
                key,
                (unused, all) -> {
                    all.remove(wait);
                    return all.isEmpty() ? null : all;
                });
    }

    void ended(WaitEnded end) {
        Owner owner = new Owner(end.session(), end.owner(), end.lock());
        for (Wait wait : waits.getOrDefault(owner, Set.of())) {
            wait.ended(end);
        }
    }

    /** The client is gone; its place in the queue stays until its session ends or it cancels. */
    void closed(ClientConnection connection) {
        for (Wait wait : byConnection.getOrDefault(connection, Set.of())) {
            wait.finish();
        }
    }

    /** All waits, to be examined again: the state was replaced and nobody said what ended. */
    List<Wait> all() {
        List<Wait> all = new ArrayList<>();
        for (Set<Wait> some : waits.values()) {
            all.addAll(some);
        }
        return all;
    }
}
