package dev.fencekv.wire;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import java.util.List;
import java.util.Optional;

/** What a client asks. Immutable. */
public sealed interface Request {
    Opcode opcode();

    /** {@code ifRevision} of a write without a condition. */
    long ANY_REVISION = -1;

    /** {@code ifRevision} of a write that wants the key to be absent. */
    long ABSENT = 0;

    /**
     * First frame of a connection, and again to show another session's nonce: a connection may use
     * the sessions whose nonce it has shown, and those it has opened.
     *
     * @param versionMin the lowest protocol version that the client speaks
     * @param versionMax the highest
     * @param features bits of optional behaviour that the client knows; unknown bits are ignored
     * @param client name and version of the client program, for logs
     */
    record Hello(
            int versionMin,
            int versionMax,
            long features,
            String client,
            SessionId session,
            SessionNonce nonce)
            implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.HELLO;
        }
    }

    /** Answered at once, by the node itself. */
    record Ping() implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.PING;
        }
    }

    /** What the node says of itself, without asking others. */
    record Status() implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.STATUS;
        }
    }

    /** How the node sees itself and the others, without asking them. */
    record Health() implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.HEALTH;
        }
    }

    /**
     * Reads one key.
     *
     * @param atLeastRevision for {@link ReadMode#STALE}: refuse while the node has applied less; 0
     *     takes any
     * @param fences tokens that must be live once the value has been read
     */
    record Get(Key key, ReadMode mode, long atLeastRevision, List<Fence> fences)
            implements Request {
        public Get {
            Check.atLeast(0, atLeastRevision, "atLeastRevision");
            fences = checked(fences);
        }

        @Override
        public Opcode opcode() {
            return Opcode.GET;
        }
    }

    /**
     * Writes one key.
     *
     * @param ifRevision {@link #ANY_REVISION}, {@link #ABSENT}, or the modify revision that the key
     *     must have
     * @param ephemeral whether the key belongs to the session and ends with it
     */
    record Put(
            RequestId id,
            List<Fence> fences,
            Key key,
            Value value,
            long ifRevision,
            boolean ephemeral)
            implements Request {
        public Put {
            fences = checked(fences);
            Check.atLeast(ANY_REVISION, ifRevision, "ifRevision");
            Check.argument(
                    !ephemeral || !id.isNone(), "an ephemeral key needs a session to belong to");
        }

        @Override
        public Opcode opcode() {
            return Opcode.PUT;
        }
    }

    /**
     * Reads the keys of a range, all as of one revision.
     *
     * @param reverse from the highest key down
     * @param limit rows of one reply, 1 to {@link Limits#LIST_ROWS_MAX}
     */
    record Range(KeyRange range, RangeWhat what, boolean reverse, int limit, ReadTerms terms)
            implements Request {
        public Range {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.RANGE;
        }
    }

    /** Reads several keys, all as of one revision. */
    record GetMany(List<Key> keys, ReadTerms terms) implements Request {
        public GetMany {
            Check.inRange(1, Limits.KEYS_PER_READ_MAX, keys.size(), "number of keys");
            keys = List.copyOf(keys);
        }

        @Override
        public Opcode opcode() {
            return Opcode.GET_MANY;
        }
    }

    /** Removes one key; NOT_FOUND if there is none. {@code ifRevision} as in {@link Put}. */
    record Delete(RequestId id, List<Fence> fences, Key key, long ifRevision) implements Request {
        public Delete {
            fences = checked(fences);
            Check.atLeast(ANY_REVISION, ifRevision, "ifRevision");
        }

        @Override
        public Opcode opcode() {
            return Opcode.DELETE;
        }
    }

    /**
     * Adds to the whole number that a key's value is in decimal; an absent key counts as 0.
     *
     * @param delta may be negative
     */
    record Increment(RequestId id, List<Fence> fences, Key key, long delta) implements Request {
        public Increment {
            Check.argument(!id.isNone(), "increment needs a session");
            fences = checked(fences);
        }

        @Override
        public Opcode opcode() {
            return Opcode.INCREMENT;
        }
    }

    /** Adds bytes to the end of a key's value; an absent key counts as empty. */
    record Append(RequestId id, List<Fence> fences, Key key, Value value) implements Request {
        public Append {
            Check.argument(!id.isNone(), "append needs a session");
            fences = checked(fences);
        }

        @Override
        public Opcode opcode() {
            return Opcode.APPEND;
        }
    }

    /**
     * Does a transaction.
     *
     * @param fences judged before the comparisons, with every guard over a key that either branch
     *     writes
     */
    record Transact(RequestId id, List<Fence> fences, Transaction transaction) implements Request {
        public Transact {
            fences = checked(fences);
            Check.argument(
                    !id.isNone() || !transaction.needsSession(),
                    "an operation of the transaction needs a session");
        }

        @Override
        public Opcode opcode() {
            return Opcode.TRANSACT;
        }
    }

    /** How long a key lives on. Linearizable. */
    record Ttl(Key key) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.TTL;
        }
    }

    /** Opens a session, or finds the one that this nonce has opened. */
    record OpenSession(SessionNonce nonce, long ttlMs, SessionLabel label) implements Request {
        public OpenSession {
            Check.argument(!nonce.isNone(), "a session needs a random nonce");
            Check.inRange(Limits.SESSION_TTL_MS_MIN, Limits.SESSION_TTL_MS_MAX, ttlMs, "ttlMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.OPEN_SESSION;
        }
    }

    /** Answered once the renewal is committed; counts from the moment it was sent. */
    record RenewSession(SessionId session) implements Request {
        public RenewSession {
            Check.argument(!session.isNone(), "a renewal names a session");
        }

        @Override
        public Opcode opcode() {
            return Opcode.RENEW_SESSION;
        }
    }

    /** Ends a session cleanly: its keys, its places in queues, its grants. */
    record CloseSession(RequestId id) implements Request {
        public CloseSession {
            Check.argument(!id.isNone(), "closing names a session");
        }

        @Override
        public Opcode opcode() {
            return Opcode.CLOSE_SESSION;
        }
    }

    /** Live sessions with an id above {@code after}, in order of id. */
    record ListSessions(SessionId after, int limit) implements Request {
        public ListSessions {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_SESSIONS;
        }
    }

    /**
     * Acquires a lock for (session, owner). Repeating it finds the same grant or the same place.
     *
     * @param owner chosen by the client within its session, e.g. one per thread
     * @param waitMs 0: try; else the longest wait in the queue, in milliseconds of lease time
     * @param lockDelayMs how long the lock stays closed after this grant expires; 0 for none
     */
    record Acquire(RequestId id, LockName lock, long owner, long waitMs, long lockDelayMs)
            implements Request {
        public Acquire {
            Check.argument(!id.isNone(), "acquire needs a session");
            Check.inRange(0, Limits.LOCK_WAIT_MS_MAX, waitMs, "waitMs");
            Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelayMs, "lockDelayMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.ACQUIRE;
        }
    }

    /** Gives a grant back. */
    record Release(RequestId id, LockName lock, FencingToken token) implements Request {
        public Release {
            Check.argument(!id.isNone(), "release needs a session");
            Check.argument(!token.isNone(), "release names the token");
        }

        @Override
        public Opcode opcode() {
            return Opcode.RELEASE;
        }
    }

    /** Leaves the queue; answers with the token if the grant came first. */
    record CancelWait(RequestId id, LockName lock, long owner) implements Request {
        public CancelWait {
            Check.argument(!id.isNone(), "cancel needs a session");
        }

        @Override
        public Opcode opcode() {
            return Opcode.CANCEL_WAIT;
        }
    }

    /** Takes a lock away from whoever holds it, or only from {@code token} if that is given. */
    record Revoke(RequestId id, LockName lock, FencingToken token) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.REVOKE;
        }
    }

    /** One lock: holder, queue, ended grants. */
    record InspectLock(LockName lock, ReadMode mode) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.INSPECT_LOCK;
        }
    }

    /**
     * Acquires a lock beside others for (session, owner). Repeating it finds the same grant or the
     * same place.
     *
     * @param waitMs as in {@link Acquire}
     * @param permits 0: as a reader, beside other readers; else one of so many permits
     */
    record AcquireShared(RequestId id, LockName lock, long owner, long waitMs, int permits)
            implements Request {
        public AcquireShared {
            Check.argument(!id.isNone(), "acquire needs a session");
            Check.inRange(0, Limits.LOCK_WAIT_MS_MAX, waitMs, "waitMs");
            Check.inRange(0, Limits.PERMITS_MAX, permits, "permits");
        }

        @Override
        public Opcode opcode() {
            return Opcode.ACQUIRE_SHARED;
        }
    }

    /** Who holds a lock by tokens above {@code after}, in order of token. */
    record ListHolders(LockName lock, FencingToken after, int limit) implements Request {
        public ListHolders {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_HOLDERS;
        }
    }

    /**
     * Acquires a lock again, only if nobody was granted it after {@code token}; never waits.
     *
     * @param token by which it was held before: live, or the newest and not revoked
     */
    record Reclaim(RequestId id, LockName lock, long owner, long lockDelayMs, FencingToken token)
            implements Request {
        public Reclaim {
            Check.argument(!id.isNone(), "reclaim needs a session");
            Check.argument(!token.isNone(), "reclaim names the token");
            Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelayMs, "lockDelayMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.RECLAIM;
        }
    }

    /** Locks with a name above {@code after} (empty: from the first), in order of name. */
    record ListLocks(String after, int limit) implements Request {
        public ListLocks {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_LOCKS;
        }
    }

    /**
     * Sets the guard of a prefix, replacing the one it has.
     *
     * @param force arm {@link dev.fencekv.kv.GuardMode#ENFORCE} although nobody ever had the lock
     *     alone
     */
    record SetGuard(RequestId id, Guard guard, boolean force) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.SET_GUARD;
        }
    }

    /** Removes the guard of exactly this prefix. */
    record RemoveGuard(RequestId id, Key prefix) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.REMOVE_GUARD;
        }
    }

    /** Guards with a prefix above {@code after} (empty: from the first), in order of prefix. */
    record ListGuards(Optional<Key> after, int limit) implements Request {
        public ListGuards {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_GUARDS;
        }
    }

    /**
     * Asks the gate of a resource outside the store whether the holder of a token may use it. The
     * first admission makes the gate, which belongs to that lock from then on.
     */
    record Admit(RequestId id, ResourceName resource, LockName lock, FencingToken token)
            implements Request {
        public Admit {
            Check.argument(!token.isNone(), "admission names the token");
        }

        @Override
        public Opcode opcode() {
            return Opcode.ADMIT;
        }
    }

    /** Removes the gate of a resource, and with it its mark. */
    record RemoveGate(RequestId id, ResourceName resource) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.REMOVE_GATE;
        }
    }

    /** Gates of resources named above {@code after} (empty: from the first), in order of name. */
    record ListGates(String after, int limit) implements Request {
        public ListGates {
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_GATES;
        }
    }

    /** Recorded rejections with a revision above {@code after}, oldest first. */
    record ListRejections(long after, int limit) implements Request {
        public ListRejections {
            Check.atLeast(0, after, "after");
            Check.inRange(1, Limits.LIST_ROWS_MAX, limit, "limit");
        }

        @Override
        public Opcode opcode() {
            return Opcode.LIST_REJECTIONS;
        }
    }

    /** Changes a replicated setting by its name. */
    record ChangeSetting(RequestId id, String name, long value) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.CHANGE_SETTING;
        }
    }

    /** All replicated settings. */
    record ListSettings() implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.LIST_SETTINGS;
        }
    }

    /** All members of the cluster, as its leader sees them. */
    record ListMembers() implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.LIST_MEMBERS;
        }
    }

    /**
     * Says what a node shall be to the cluster. Answered once that is in the log; the leader then
     * brings it about.
     *
     * @param node a new node by its peer address; a member by its peer or client address
     * @param role {@link MemberRole#NONE}: it leaves
     */
    record PlaceMember(String node, MemberRole role) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.PLACE_MEMBER;
        }
    }

    /**
     * Asks the leader to leave the lead to another voter. Answered once that has begun.
     *
     * @param node by its peer or client address; empty: the one that has most of the log
     */
    record TransferLeadership(String node) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.TRANSFER_LEADERSHIP;
        }
    }

    private static List<Fence> checked(List<Fence> fences) {
        Check.argument(
                fences.size() <= Limits.FENCES_PER_COMMAND_MAX,
                "at most " + Limits.FENCES_PER_COMMAND_MAX + " fences");
        return List.copyOf(fences);
    }

    /** Asks for what happens from a revision on; answered again and again. */
    sealed interface Watching extends Request {
        /** The first revision to tell; 0: from now. */
        long fromRevision();

        /** How often it is told how far the node is while nothing happens; 0: never. */
        int progressMs();
    }

    /**
     * Changes of the keys of a range as they happen.
     *
     * @param fromRevision the first revision to tell; 0: from now
     * @param puts whether puts are told
     * @param deletes whether deletes are told
     * @param previous whether events say what was there before
     * @param keysOnly whether events have no records at all
     * @param progressMs how often it is told how far the node is while nothing happens; 0: never
     */
    record Watch(
            KeyRange range,
            long fromRevision,
            boolean puts,
            boolean deletes,
            boolean previous,
            boolean keysOnly,
            int progressMs)
            implements Watching {
        public Watch {
            Check.atLeast(0, fromRevision, "fromRevision");
            Check.atLeast(0, progressMs, "progressMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.WATCH;
        }
    }

    /**
     * What happens to locks.
     *
     * @param fromRevision the first revision to tell; 0: from now
     * @param queue whether it is also told who begins and ceases to wait
     * @param progressMs how often it is told how far the node is while nothing happens; 0: never
     */
    record WatchLocks(LockNames locks, boolean queue, long fromRevision, int progressMs)
            implements Watching {
        public WatchLocks {
            Check.atLeast(0, fromRevision, "fromRevision");
            Check.atLeast(0, progressMs, "progressMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.WATCH_LOCKS;
        }
    }

    /**
     * What fences refuse, and what observing guards would have refused.
     *
     * @param range of the keys that were to be changed; what was about no key is told only if this
     *     is of all keys
     * @param locks whose tokens were shown or demanded
     * @param enforcedOnly whether nothing is told of what an observing guard let through
     * @param fromRevision the first revision to tell; 0: from now
     * @param progressMs how often it is told how far the node is while nothing happens; 0: never
     */
    record WatchRejections(
            KeyRange range,
            LockNames locks,
            boolean enforcedOnly,
            long fromRevision,
            int progressMs)
            implements Watching {
        public WatchRejections {
            Check.atLeast(0, fromRevision, "fromRevision");
            Check.atLeast(0, progressMs, "progressMs");
        }

        @Override
        public Opcode opcode() {
            return Opcode.WATCH_REJECTIONS;
        }
    }

    /**
     * Ends a watch of this connection.
     *
     * @param watch the correlation id of its request
     */
    record CancelWatch(long watch) implements Request {
        @Override
        public Opcode opcode() {
            return Opcode.CANCEL_WATCH;
        }
    }
}
