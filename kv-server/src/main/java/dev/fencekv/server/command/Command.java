package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import java.util.List;

/** One command of the log. What apply needs to decide about it is in it or in the state. */
public sealed interface Command {
    /** Codes never change; a code is never used again. */
    enum Kind {
        PUT(1),
        DELETE(2),
        OPEN_SESSION(3),
        CLOSE_SESSION(4),
        ACQUIRE(5),
        RELEASE(6),
        CANCEL_WAIT(7),
        REVOKE(8),
        SET_GUARD(9),
        REMOVE_GUARD(10),
        CHANGE_SETTING(11),
        TICK(12),
        RAISE_LEVEL(13),
        FORM_CLUSTER(14),
        BIND_MEMBER(15),
        PLACE_MEMBER(16),
        FORGET_MEMBER(17),
        INCREMENT(18),
        APPEND(19),
        TRANSACT(20),
        ADMIT(23),
        REMOVE_GATE(24),
        RECLAIM(25),
        ACQUIRE_SHARED(26);

        private static final Kind[] BY_CODE = new Kind[30];

        static {
            for (Kind kind : values()) {
                BY_CODE[kind.code] = kind;
            }
        }

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws {@link NewerFormatException} for a code that this release does not know. */
        public static Kind ofCode(int code) {
            if (code < 1 || code >= BY_CODE.length || BY_CODE[code] == null) {
                throw new NewerFormatException(
                        "command " + code + " is not known to this release; install the newer one");
            }
            return BY_CODE[code];
        }
    }

    Kind kind();

    /** Which command of which session; {@link RequestId#NONE} if it is not deduplicated. */
    RequestId id();

    /** The tokens it shows. */
    default List<Fence> fences() {
        return List.of();
    }

    private static List<Fence> checkedFences(List<Fence> fences) {
        Check.inRange(0, Limits.FENCES_PER_COMMAND_MAX, fences.size(), "tokens of a command");
        return List.copyOf(fences);
    }

    /** {@code ifRevision} of a write without a condition. */
    long ANY_REVISION = -1;

    /**
     * Adds to the whole number that a record's value is in decimal. From feature level 2 on.
     *
     * @param delta may be negative
     */
    record Increment(RequestId id, List<Fence> fences, Key key, long delta) implements Command {
        public Increment {
            Check.argument(!id.isNone(), "increment needs a session");
            fences = List.copyOf(fences);
        }

        @Override
        public Kind kind() {
            return Kind.INCREMENT;
        }
    }

    /** Adds bytes to the end of a record's value. From feature level 2 on. */
    record Append(RequestId id, List<Fence> fences, Key key, Value value) implements Command {
        public Append {
            Check.argument(!id.isNone(), "append needs a session");
            fences = List.copyOf(fences);
        }

        @Override
        public Kind kind() {
            return Kind.APPEND;
        }
    }

    /** All of a branch's operations or none, at one revision. From feature level 2 on. */
    record Transact(RequestId id, List<Fence> fences, Transaction transaction) implements Command {
        public Transact {
            fences = checkedFences(fences);
            Check.argument(
                    !id.isNone() || !transaction.needsSession(),
                    "an operation of the transaction needs a session");
        }

        @Override
        public Kind kind() {
            return Kind.TRANSACT;
        }

        /** What the values among its results can take, in bytes. */
        public int resultBytesMax() {
            long values = Math.max(returned(transaction.then()), returned(transaction.orElse()));
            return (int)
                    Math.min(Limits.TRANSACTION_RESULT_BYTES_MAX, values * Limits.VALUE_BYTES_MAX);
        }

        /** How many keys it can look at or write. */
        public int keysMax() {
            long keys = Math.max(keysMax(transaction.then()), keysMax(transaction.orElse()));
            return (int)
                    Math.min(Limits.KEYS_PER_COMMAND_MAX, transaction.comparisons().size() + keys);
        }

        /** What the values that its operations meet can take, in bytes. */
        public long metBytesMax() {
            long keys = Math.max(keysMax(transaction.then()), keysMax(transaction.orElse()));
            return Math.min(Limits.DELETED_RANGE_BYTES_MAX, keys * Limits.VALUE_BYTES_MAX);
        }

        private static long keysMax(List<Operation> branch) {
            long keys = 0;
            for (Operation operation : branch) {
                keys +=
                        operation.kind() == Operation.Kind.DELETE_RANGE
                                ? Limits.KEYS_PER_COMMAND_MAX
                                : 1;
            }
            return keys;
        }

        private static long returned(List<Operation> branch) {
            long values = 0;
            for (Operation operation : branch) {
                boolean returns =
                        operation.kind() == Operation.Kind.GET
                                || (operation instanceof Operation.Put put && put.returnPrevious())
                                || (operation instanceof Operation.Delete delete
                                        && delete.returnPrevious());
                values += returns ? 1 : 0;
            }
            return values;
        }
    }

    /** {@code ifRevision} of a write that wants the key to be absent. */
    long ABSENT = 0;

    record Put(
            RequestId id,
            List<Fence> fences,
            Key key,
            Value value,
            long ifRevision,
            boolean ephemeral)
            implements Command {
        public Put {
            fences = checkedFences(fences);
            Check.atLeast(ANY_REVISION, ifRevision, "ifRevision");
            Check.argument(
                    !ephemeral || !id.isNone(), "an ephemeral key needs a session to belong to");
        }

        @Override
        public Kind kind() {
            return Kind.PUT;
        }
    }

    record Delete(RequestId id, List<Fence> fences, Key key, long ifRevision) implements Command {
        public Delete {
            fences = checkedFences(fences);
            Check.atLeast(ANY_REVISION, ifRevision, "ifRevision");
        }

        @Override
        public Kind kind() {
            return Kind.DELETE;
        }
    }

    /** Idempotent by its nonce instead of a sequence number. */
    record OpenSession(SessionNonce nonce, long ttlMs, SessionLabel label) implements Command {
        public OpenSession {
            Check.argument(
                    !nonce.equals(SessionNonce.NONE), "a session is opened with a secret nonce");
            Check.inRange(Limits.SESSION_TTL_MS_MIN, Limits.SESSION_TTL_MS_MAX, ttlMs, "ttlMs");
        }

        @Override
        public Kind kind() {
            return Kind.OPEN_SESSION;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    record CloseSession(RequestId id) implements Command {
        public CloseSession {
            Check.argument(!id.isNone(), "closing names a session");
        }

        @Override
        public Kind kind() {
            return Kind.CLOSE_SESSION;
        }
    }

    record Acquire(RequestId id, LockName lock, long owner, long waitMs, long lockDelayMs)
            implements Command {
        public Acquire {
            Check.argument(!id.isNone(), "acquire needs a session");
            Check.inRange(0, Limits.LOCK_WAIT_MS_MAX, waitMs, "waitMs");
            Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelayMs, "lockDelayMs");
        }

        @Override
        public Kind kind() {
            return Kind.ACQUIRE;
        }
    }

    /**
     * Acquires a lock beside others. From feature level 2 on.
     *
     * @param permits 0: as a reader, beside other readers; else one of so many permits
     */
    record AcquireShared(RequestId id, LockName lock, long owner, long waitMs, int permits)
            implements Command {
        public AcquireShared {
            Check.argument(!id.isNone(), "acquire needs a session");
            Check.inRange(0, Limits.LOCK_WAIT_MS_MAX, waitMs, "waitMs");
            Check.inRange(0, Limits.PERMITS_MAX, permits, "permits");
        }

        @Override
        public Kind kind() {
            return Kind.ACQUIRE_SHARED;
        }
    }

    /**
     * Acquires a lock again, only if nobody was granted it after {@code token}. From feature level
     * 2 on.
     */
    record Reclaim(RequestId id, LockName lock, long owner, long lockDelayMs, FencingToken token)
            implements Command {
        public Reclaim {
            Check.argument(!id.isNone(), "reclaim needs a session");
            Check.argument(!token.isNone(), "reclaim names the token");
            Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelayMs, "lockDelayMs");
        }

        @Override
        public Kind kind() {
            return Kind.RECLAIM;
        }
    }

    /** Shows the token it gives back, so that a zombie's release is fenced like its writes. */
    record Release(RequestId id, LockName lock, FencingToken token) implements Command {
        public Release {
            Check.argument(!id.isNone(), "release needs a session");
            Check.argument(!token.isNone(), "release names the token");
        }

        @Override
        public Kind kind() {
            return Kind.RELEASE;
        }

        @Override
        public List<Fence> fences() {
            return List.of(new Fence(lock, token));
        }
    }

    record CancelWait(RequestId id, LockName lock, long owner) implements Command {
        public CancelWait {
            Check.argument(!id.isNone(), "cancel needs a session");
        }

        @Override
        public Kind kind() {
            return Kind.CANCEL_WAIT;
        }
    }

    /** {@code token}: {@link FencingToken#NONE} to revoke whatever grant is live. */
    record Revoke(RequestId id, LockName lock, FencingToken token) implements Command {
        @Override
        public Kind kind() {
            return Kind.REVOKE;
        }
    }

    record SetGuard(RequestId id, Guard guard, boolean force) implements Command {
        @Override
        public Kind kind() {
            return Kind.SET_GUARD;
        }
    }

    record RemoveGuard(RequestId id, Key prefix) implements Command {
        @Override
        public Kind kind() {
            return Kind.REMOVE_GUARD;
        }
    }

    /**
     * Asks the gate of a resource outside the store to let the holder of a token in. From feature
     * level 2 on.
     */
    record Admit(RequestId id, ResourceName resource, LockName lock, FencingToken token)
            implements Command {
        public Admit {
            Check.argument(!token.isNone(), "admission names the token");
        }

        @Override
        public Kind kind() {
            return Kind.ADMIT;
        }
    }

    /** From feature level 2 on. */
    record RemoveGate(RequestId id, ResourceName resource) implements Command {
        @Override
        public Kind kind() {
            return Kind.REMOVE_GATE;
        }
    }

    record ChangeSetting(RequestId id, Setting setting, long value) implements Command {
        @Override
        public Kind kind() {
            return Kind.CHANGE_SETTING;
        }
    }

    /**
     * Time passes: the only command that moves lease time.
     *
     * @param elapsedMs by the leader's monotonic clock since its previous tick of the same term; 0
     *     for the first of a leadership
     * @param renewals sessions whose renewal came in since then
     */
    record Tick(long elapsedMs, List<SessionId> renewals) implements Command {
        public Tick {
            Check.atLeast(0, elapsedMs, "elapsedMs");
            Check.argument(
                    renewals.size() <= Limits.RENEWALS_PER_TICK_MAX, "too many renewals in a tick");
            renewals = List.copyOf(renewals);
        }

        @Override
        public Kind kind() {
            return Kind.TICK;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    /** Every node can do {@code level}: from here on apply behaves as that level says. */
    record RaiseLevel(int level) implements Command {
        public RaiseLevel {
            Check.atLeast(1, level, "level");
        }

        @Override
        public Kind kind() {
            return Kind.RAISE_LEVEL;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    /**
     * The first command of a log: makes a cluster of nodes that started empty. Later ones change
     * nothing.
     *
     * @param hashSeed spreads keys over the store's segments, unknown to clients
     */
    record FormCluster(ClusterId cluster, List<Member> members, long hashSeed) implements Command {
        public FormCluster {
            Check.argument(!cluster.isNone(), "a cluster id is never 0");
            Check.argument(members.size() <= Limits.MEMBERS_MAX, "too many members");
            members = List.copyOf(members);
        }

        @Override
        public Kind kind() {
            return Kind.FORM_CLUSTER;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    /**
     * Ties a peer address to the node that first came with it, or updates that node's client
     * address. An address that is tied to another node id stays so.
     */
    record BindMember(Member member) implements Command {
        @Override
        public Kind kind() {
            return Kind.BIND_MEMBER;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    /**
     * Says what a node shall be to the cluster. From feature level 2 on.
     *
     * @param role {@link MemberRole#NONE}: it leaves
     */
    record PlaceMember(Member member, MemberRole role) implements Command {
        @Override
        public Kind kind() {
            return Kind.PLACE_MEMBER;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }

    /** A node that was told to leave has left: its address is free. From feature level 2 on. */
    record ForgetMember(Member member) implements Command {
        @Override
        public Kind kind() {
            return Kind.FORGET_MEMBER;
        }

        @Override
        public RequestId id() {
            return RequestId.NONE;
        }
    }
}
