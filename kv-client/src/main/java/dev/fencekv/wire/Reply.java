package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.Optional;

/**
 * What a node answers. Immutable.
 *
 * @param opcode the request's
 * @param revision of the write, or the revision as of which a read was done; 0 if it has none
 * @param stamp of the write, or the last applied one; travels in the frame's header
 * @param body by status and opcode
 */
public record Reply(Opcode opcode, Status status, long revision, HybridTimestamp stamp, Body body) {

    /** What a reply says beyond its status. The kind travels with it. */
    public sealed interface Body {
        BodyKind kind();
    }

    /** Codes never change. */
    public enum BodyKind {
        NOTHING(0),
        HELLO(1),
        NODE_STATUS(2),
        RECORD(3),
        SESSION_OPENED(4),
        RENEWED(5),
        TOKEN(6),
        LOCKS(7),
        GUARDS(8),
        SESSIONS(9),
        REJECTIONS(10),
        SETTINGS(11),
        NODE_HEALTH(12),
        MEMBERS(13),
        NUMBER(14),
        RANGE(15),
        RECORDS(16),
        TRANSACTED(17),
        TTL(18),
        COMPACTED(26),
        GATES(20),
        HOLDERS(21),
        WATCHING(27),
        EVENTS(28),
        LOCK_EVENTS(29),
        REJECTION_EVENTS(30),
        FENCED(32),
        CONDITION_FAILED(33),
        NOT_LEADER(34),
        CLOCK_SKEW(35),
        MESSAGE(36),
        SESSION_EXPIRED(37),
        RESULT_GONE(38);

        private static final BodyKind[] BY_CODE = new BodyKind[64];

        static {
            for (BodyKind kind : values()) {
                BY_CODE[kind.code] = kind;
            }
        }

        private final int code;

        BodyKind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws {@link WireException} for an unknown code. */
        public static BodyKind ofCode(int code) {
            BodyKind kind = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
            if (kind == null) {
                throw new WireException("unknown reply body kind " + code);
            }
            return kind;
        }
    }

    public record Nothing() implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.NOTHING;
        }
    }

    /** The one instance that is needed. */
    public static final Body NOTHING = new Nothing();

    /**
     * @param version the protocol version of this connection from now on
     * @param features the bits that both sides know
     * @param leader where clients reach the leader; empty if not known
     */
    public record Hello(int version, long features, ClusterId cluster, long nodeId, String leader)
            implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.HELLO;
        }
    }

    public record Node(NodeStatus status) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.NODE_STATUS;
        }
    }

    public record Health(NodeHealth health) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.NODE_HEALTH;
        }
    }

    /** What a key's number, or its value's length in bytes, became. */
    public record Number(long number) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.NUMBER;
        }
    }

    /**
     * What a transaction did.
     *
     * @param succeeded whether all comparisons held
     * @param results of the branch that was done, in the order of its operations
     */
    public record Transacted(boolean succeeded, List<OperationResult> results) implements Body {
        public Transacted {
            results = List.copyOf(results);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.TRANSACTED;
        }
    }

    /**
     * @param remainingMs how long the key lives on at least, in lease time; 0: it does not end by
     *     time
     */
    public record Ttl(long remainingMs) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.TTL;
        }
    }

    /**
     * What lies in a range, in the order asked for.
     *
     * @param count how many keys the range has, if that was asked; else 0
     * @param ageMs as of {@link Found}
     * @param more whether the range has keys beyond the last row
     */
    public record Range(long count, long ageMs, List<RangeRow> rows, boolean more) implements Body {
        public Range {
            rows = List.copyOf(rows);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.RANGE;
        }
    }

    /**
     * Records by the keys that were asked for, in their order.
     *
     * @param ageMs as of {@link Found}
     * @param records empty where there is no such key
     */
    public record Records(long ageMs, List<Optional<Versioned>> records) implements Body {
        public Records {
            records = List.copyOf(records);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.RECORDS;
        }
    }

    /** All members, as the leader sees them. */
    public record Members(List<MemberInfo> members) implements Body {
        public Members {
            members = List.copyOf(members);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.MEMBERS;
        }
    }

    /**
     * A record that was read.
     *
     * @param ageMs for stale reads: milliseconds since this node last knew itself up to date by its
     *     own monotonic clock; 0 for linearizable reads
     */
    public record Found(Versioned record, long ageMs) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.RECORD;
        }
    }

    /**
     * @param ttlMs as it was opened; a repeated opening may have asked for another one
     */
    public record SessionOpened(SessionId session, long ttlMs) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.SESSION_OPENED;
        }
    }

    /**
     * @param liveTokens all tokens the session holds as of the reply's revision: a grant with a
     *     lower or equal revision that is missing here has ended
     */
    public record Renewed(List<FencingToken> liveTokens) implements Body {
        public Renewed {
            liveTokens = List.copyOf(liveTokens);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.RENEWED;
        }
    }

    /** Granted; or, to a cancel, granted before the cancel came. */
    public record Token(FencingToken token) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.TOKEN;
        }
    }

    public record Locks(List<LockInfo> locks, boolean more) implements Body {
        public Locks {
            locks = List.copyOf(locks);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.LOCKS;
        }
    }

    public record Guards(List<GuardInfo> guards, boolean more) implements Body {
        public Guards {
            guards = List.copyOf(guards);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.GUARDS;
        }
    }

    public record Holders(List<HolderInfo> holders, boolean more) implements Body {
        public Holders {
            holders = List.copyOf(holders);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.HOLDERS;
        }
    }

    public record Gates(List<GateInfo> gates, boolean more) implements Body {
        public Gates {
            gates = List.copyOf(gates);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.GATES;
        }
    }

    public record Sessions(List<SessionInfo> sessions, boolean more) implements Body {
        public Sessions {
            sessions = List.copyOf(sessions);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.SESSIONS;
        }
    }

    public record Rejections(List<Rejection> rejections, boolean more) implements Body {
        public Rejections {
            rejections = List.copyOf(rejections);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.REJECTIONS;
        }
    }

    public record Settings(List<SettingInfo> settings) implements Body {
        public Settings {
            settings = List.copyOf(settings);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.SETTINGS;
        }
    }

    /**
     * @param nextRevision the first that will be told
     */
    public record Watching(long nextRevision) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.WATCHING;
        }
    }

    /**
     * @param whole whether the reply's revision is told to its end
     * @param events what happened next, in order
     */
    public record Events(boolean whole, List<RecordEvent> events) implements Body {
        public Events {
            events = List.copyOf(events);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.EVENTS;
        }
    }

    /**
     * @param whole whether the reply's revision is told to its end
     * @param events what happened next, in order
     */
    public record LockEvents(boolean whole, List<LockEvent> events) implements Body {
        public LockEvents {
            events = List.copyOf(events);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.LOCK_EVENTS;
        }
    }

    /**
     * @param whole whether the reply's revision is told to its end
     * @param events what was refused next, in order
     */
    public record RejectionEvents(boolean whole, List<Rejection> events) implements Body {
        public RejectionEvents {
            events = List.copyOf(events);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.REJECTION_EVENTS;
        }
    }

    /**
     * @param oldestRevision the oldest as of which the node can read; it can as of all later ones
     */
    public record Compacted(long oldestRevision) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.COMPACTED;
        }
    }

    /**
     * @param violations the first {@link Limits#VIOLATIONS_PER_OUTCOME_MAX}
     * @param total how many there were
     */
    public record Fenced(List<FenceViolation> violations, int total) implements Body {
        public Fenced {
            violations = List.copyOf(violations);
        }

        @Override
        public BodyKind kind() {
            return BodyKind.FENCED;
        }
    }

    /**
     * @param actualRevision the modify revision that the key has; 0 if it is absent
     */
    public record ConditionFailed(long actualRevision) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.CONDITION_FAILED;
        }
    }

    /**
     * @param leader where clients reach it; empty if not known
     */
    public record NotLeader(String leader) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.NOT_LEADER;
        }
    }

    /**
     * @param received the stamp that was refused
     * @param nodeMillis the node's physical clock, milliseconds since 1970
     */
    public record ClockSkew(HybridTimestamp received, long nodeMillis) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.CLOCK_SKEW;
        }
    }

    /** What is wrong and what to do, for people: cut to {@link Limits#MESSAGE_BYTES_MAX}. */
    public record Message(String text) implements Body {
        /** No char of a Java string takes more bytes of UTF-8. */
        private static final int BYTES_PER_CHAR_MAX = 3;

        public Message {
            int charsMax = Limits.MESSAGE_BYTES_MAX / BYTES_PER_CHAR_MAX;
            if (text.length() > charsMax
                    && ByteBufUtil.utf8Bytes(text) > Limits.MESSAGE_BYTES_MAX) {
                text = text.substring(0, charsMax);
            }
        }

        @Override
        public BodyKind kind() {
            return BodyKind.MESSAGE;
        }
    }

    /**
     * @param outcomesGone whether the session's outcomes are forgotten: an earlier attempt may have
     *     applied
     */
    public record SessionExpired(boolean outcomesGone) implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.SESSION_EXPIRED;
        }
    }

    /** The outcome of an earlier attempt is known, but not the result that went with it. */
    public record ResultGone() implements Body {
        @Override
        public BodyKind kind() {
            return BodyKind.RESULT_GONE;
        }
    }
}
