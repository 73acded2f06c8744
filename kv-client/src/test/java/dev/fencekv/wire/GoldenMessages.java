package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import java.util.List;
import java.util.Optional;

/**
 * One of each message, told once: two workers and the lock {@code orders}. The golden frames hold
 * their bytes as version 1 wrote them. A message may be added here; none may change.
 */
final class GoldenMessages {
    static final HybridTimestamp SEEN = HybridTimestamp.of(1_767_225_600_000L, 2);

    private static final HybridTimestamp NOW = HybridTimestamp.of(1_767_225_600_123L, 7);
    private static final SessionId SESSION = new SessionId(12);
    private static final SessionLabel LABEL = new SessionLabel("billing-7@host");
    private static final SessionNonce NONCE =
            new SessionNonce(0x0123456789abcdefL, 0xfedcba9876543210L);
    private static final RequestId ID = new RequestId(SESSION, 5, 4);
    private static final LockName LOCK = new LockName("orders");
    private static final ResourceName RESOURCE = new ResourceName("tape0");
    private static final Key KEY = Key.of("order/1");
    private static final FencingToken STALE = new FencingToken(33);
    private static final FencingToken LIVE = new FencingToken(34);
    private static final Guard GUARD =
            new Guard(Key.of("order/"), LOCK, GuardRule.STRICT, GuardMode.ENFORCE);
    private static final ClusterId CLUSTER =
            new ClusterId(0xa1a2a3a4a5a6a7a8L, 0x0b0b0b0b0b0b0b0bL);
    private static final String LEADER = "10.0.0.2:7400";
    private static final FenceViolation VIOLATION =
            new FenceViolation(
                    FenceReason.SUPERSEDED,
                    LOCK,
                    STALE,
                    LIVE,
                    Optional.of(FenceReason.EXPIRED),
                    1042,
                    HybridTimestamp.of(1_767_225_600_100L, 0),
                    new SessionLabel("billing-8@host"));

    private GoldenMessages() {}

    static Request request(Opcode opcode) {
        return switch (opcode) {
            case HELLO -> new Request.Hello(1, 1, 0, "example/1.0", SESSION, NONCE);
            case PING -> new Request.Ping();
            case STATUS -> new Request.Status();
            case HEALTH -> new Request.Health();
            case GET ->
                    new Request.Get(KEY, ReadMode.LINEARIZABLE, 0, List.of(new Fence(LOCK, LIVE)));
            case PUT ->
                    new Request.Put(
                            ID,
                            List.of(new Fence(LOCK, STALE)),
                            KEY,
                            Value.of("paid"),
                            Request.ANY_REVISION,
                            false);
            case DELETE -> new Request.Delete(ID, List.of(), KEY, 1041);
            case INCREMENT -> new Request.Increment(ID, List.of(new Fence(LOCK, LIVE)), KEY, -3);
            case APPEND -> new Request.Append(ID, List.of(), KEY, Value.of("paid"));
            case TRANSACT ->
                    new Request.Transact(ID, List.of(new Fence(LOCK, LIVE)), transaction());
            case TTL -> new Request.Ttl(KEY);
            case RANGE ->
                    new Request.Range(
                            KeyRange.prefix("order/"),
                            RangeWhat.RECORDS,
                            false,
                            100,
                            new ReadTerms(
                                    ReadMode.LINEARIZABLE,
                                    0,
                                    AsOf.revision(1043),
                                    List.of(new Fence(LOCK, LIVE))));
            case GET_MANY ->
                    new Request.GetMany(
                            List.of(KEY, Key.of("order/2")),
                            new ReadTerms(ReadMode.STALE, 1043, AsOf.NOW, List.of()));
            case OPEN_SESSION -> new Request.OpenSession(NONCE, 10_000, LABEL);
            case RENEW_SESSION -> new Request.RenewSession(SESSION);
            case CLOSE_SESSION -> new Request.CloseSession(ID);
            case LIST_SESSIONS -> new Request.ListSessions(SessionId.NONE, 100);
            case ACQUIRE -> new Request.Acquire(ID, LOCK, 1, 30_000, 0);
            case RELEASE -> new Request.Release(ID, LOCK, LIVE);
            case CANCEL_WAIT -> new Request.CancelWait(ID, LOCK, 1);
            case REVOKE -> new Request.Revoke(RequestId.NONE, LOCK, LIVE);
            case INSPECT_LOCK -> new Request.InspectLock(LOCK, ReadMode.STALE);
            case LIST_LOCKS -> new Request.ListLocks("", 100);
            case RECLAIM -> new Request.Reclaim(ID, LOCK, 1, 0, LIVE);
            case ACQUIRE_SHARED -> new Request.AcquireShared(ID, LOCK, 1, 30_000, 3);
            case LIST_HOLDERS -> new Request.ListHolders(LOCK, FencingToken.NONE, 100);
            case SET_GUARD -> new Request.SetGuard(ID, GUARD, false);
            case REMOVE_GUARD -> new Request.RemoveGuard(ID, GUARD.prefix());
            case LIST_GUARDS -> new Request.ListGuards(Optional.of(Key.of("order/")), 100);
            case LIST_REJECTIONS -> new Request.ListRejections(1000, 100);
            case ADMIT -> new Request.Admit(ID, RESOURCE, LOCK, LIVE);
            case REMOVE_GATE -> new Request.RemoveGate(ID, RESOURCE);
            case LIST_GATES -> new Request.ListGates("tape", 100);
            case CHANGE_SETTING ->
                    new Request.ChangeSetting(RequestId.NONE, "quota_bytes", 1L << 30);
            case LIST_SETTINGS -> new Request.ListSettings();
            case LIST_MEMBERS -> new Request.ListMembers();
            case PLACE_MEMBER -> new Request.PlaceMember("10.0.0.4:7401", MemberRole.VOTER);
            case WATCH ->
                    new Request.Watch(
                            new KeyRange(
                                    Optional.of(Key.of("order/")), Optional.of(Key.of("order0"))),
                            1001,
                            true,
                            true,
                            false,
                            false,
                            5_000);
            case WATCH_LOCKS ->
                    new Request.WatchLocks(LockNames.startingWith("election/"), true, 1001, 5_000);
            case WATCH_REJECTIONS ->
                    new Request.WatchRejections(
                            KeyRange.of("order/", "order0"),
                            LockNames.only(LOCK),
                            false,
                            1001,
                            5_000);
            case CANCEL_WATCH -> new Request.CancelWatch(76);
            case TRANSFER_LEADERSHIP -> new Request.TransferLeadership("10.0.0.3:7401");
        };
    }

    private static Transaction transaction() {
        return new Transaction(
                List.of(
                        Comparison.value(KEY, Comparison.Operator.EQUAL, Value.of("open")),
                        Comparison.number(
                                KEY, Comparison.Subject.VERSION, Comparison.Operator.LESS, 9)),
                List.of(
                        new Operation.Put(KEY, Value.of("paid"), false, 30_000, true),
                        new Operation.Delete(Key.of("order/2"), false),
                        new Operation.Increment(Key.of("paid"), 1),
                        new Operation.Append(Key.of("journal"), Value.of("1;")),
                        new Operation.Acquire(new LockName("audit"), 2, 0),
                        new Operation.Expire(Key.of("order/3"), Operation.NEVER)),
                List.of(new Operation.Get(KEY)));
    }

    private static List<OperationResult> results() {
        Versioned before =
                new Versioned(
                        Value.of("open"), 1040, 1041, 2, NOW, LIVE, SessionId.NONE, SESSION, 3);
        return List.of(
                new OperationResult.Put(Optional.of(before)),
                new OperationResult.Delete(true, Optional.empty()),
                new OperationResult.Increment(97),
                new OperationResult.Append(12),
                new OperationResult.Acquire(new FencingToken(35)),
                new OperationResult.Expire(false),
                new OperationResult.Get(Optional.empty(), Operation.NEVER));
    }

    static Reply reply(Reply.BodyKind kind) {
        return switch (kind) {
            case NOTHING -> told(Opcode.ACQUIRE, Status.QUEUED, 1043, Reply.NOTHING);
            case HELLO ->
                    told(Opcode.HELLO, Status.OK, 0, new Reply.Hello(1, 0, CLUSTER, 3, LEADER));
            case NODE_STATUS -> told(Opcode.STATUS, Status.OK, 1043, new Reply.Node(node()));
            case NODE_HEALTH -> told(Opcode.HEALTH, Status.OK, 1043, new Reply.Health(health()));
            case NUMBER -> told(Opcode.INCREMENT, Status.OK, 1043, new Reply.Number(97));
            case TRANSACTED ->
                    told(Opcode.TRANSACT, Status.OK, 1043, new Reply.Transacted(true, results()));
            case TTL -> told(Opcode.TTL, Status.OK, 1043, new Reply.Ttl(4_200));
            case RANGE ->
                    told(
                            Opcode.RANGE,
                            Status.OK,
                            1043,
                            new Reply.Range(
                                    0,
                                    0,
                                    List.of(
                                            new RangeRow(KEY, Optional.of(record())),
                                            new RangeRow(Key.of("order/2"), Optional.empty())),
                                    true));
            case RECORDS ->
                    told(
                            Opcode.GET_MANY,
                            Status.OK,
                            1043,
                            new Reply.Records(
                                    40, List.of(Optional.of(record()), Optional.empty())));
            case MEMBERS ->
                    told(
                            Opcode.LIST_MEMBERS,
                            Status.OK,
                            0,
                            new Reply.Members(
                                    List.of(
                                            new MemberInfo(
                                                    3,
                                                    "10.0.0.3:7401",
                                                    LEADER,
                                                    MemberRole.VOTER,
                                                    MemberRole.VOTER,
                                                    true,
                                                    0),
                                            new MemberInfo(
                                                    4,
                                                    "10.0.0.4:7401",
                                                    "10.0.0.4:7400",
                                                    MemberRole.VOTER,
                                                    MemberRole.LEARNER,
                                                    false,
                                                    1200))));
            case RECORD -> told(Opcode.GET, Status.OK, 1043, new Reply.Found(record(), 0));
            case SESSION_OPENED ->
                    told(
                            Opcode.OPEN_SESSION,
                            Status.OK,
                            1040,
                            new Reply.SessionOpened(SESSION, 10_000));
            case RENEWED ->
                    told(
                            Opcode.RENEW_SESSION,
                            Status.OK,
                            1043,
                            new Reply.Renewed(List.of(LIVE, new FencingToken(40))));
            case TOKEN -> told(Opcode.ACQUIRE, Status.OK, 1043, new Reply.Token(LIVE));
            case LOCKS ->
                    told(
                            Opcode.INSPECT_LOCK,
                            Status.OK,
                            1043,
                            new Reply.Locks(List.of(lock()), false));
            case GUARDS ->
                    told(
                            Opcode.LIST_GUARDS,
                            Status.OK,
                            1043,
                            new Reply.Guards(List.of(new GuardInfo(GUARD, 1001, 3)), true));
            case HOLDERS ->
                    told(
                            Opcode.LIST_HOLDERS,
                            Status.OK,
                            1043,
                            new Reply.Holders(
                                    List.of(
                                            new HolderInfo(
                                                    new GrantInfo(
                                                            LIVE, SESSION, 1, LABEL, 1043, NOW),
                                                    true,
                                                    3)),
                                    false));
            case GATES ->
                    told(
                            Opcode.LIST_GATES,
                            Status.OK,
                            1043,
                            new Reply.Gates(
                                    List.of(new GateInfo(RESOURCE, LOCK, LIVE, 1002, 1)), false));
            case SESSIONS ->
                    told(
                            Opcode.LIST_SESSIONS,
                            Status.OK,
                            1043,
                            new Reply.Sessions(
                                    List.of(
                                            new SessionInfo(
                                                    SESSION, LABEL, 10_000, 8_200, 1, 0, 2)),
                                    true));
            case REJECTIONS ->
                    told(
                            Opcode.LIST_REJECTIONS,
                            Status.OK,
                            1044,
                            new Reply.Rejections(List.of(rejection()), false));
            case SETTINGS ->
                    told(
                            Opcode.LIST_SETTINGS,
                            Status.OK,
                            1043,
                            new Reply.Settings(
                                    List.of(
                                            new SettingInfo(
                                                    "quota_bytes", 1L << 30, 1L << 20, 1L << 40))));
            case WATCHING -> told(Opcode.WATCH, Status.OK, 1043, new Reply.Watching(1001));
            case EVENTS ->
                    told(
                            Opcode.WATCH,
                            Status.OK,
                            1042,
                            new Reply.Events(
                                    true,
                                    List.of(
                                            new RecordEvent(
                                                    EventType.PUT,
                                                    1042,
                                                    NOW,
                                                    KEY,
                                                    Optional.of(record()),
                                                    Optional.empty()))));
            case LOCK_EVENTS ->
                    told(
                            Opcode.WATCH_LOCKS,
                            Status.OK,
                            1042,
                            new Reply.LockEvents(
                                    true,
                                    List.of(
                                            new LockEvent(
                                                    LockEventType.EXPIRED,
                                                    1042,
                                                    NOW,
                                                    LOCK,
                                                    new FencingToken(33),
                                                    SESSION,
                                                    1,
                                                    LABEL,
                                                    false,
                                                    0,
                                                    5_000))));
            case REJECTION_EVENTS ->
                    told(
                            Opcode.WATCH_REJECTIONS,
                            Status.OK,
                            1044,
                            new Reply.RejectionEvents(true, List.of(rejection())));
            case COMPACTED -> told(Opcode.GET, Status.COMPACTED, 1043, new Reply.Compacted(1001));
            case FENCED ->
                    told(Opcode.PUT, Status.FENCED, 1044, new Reply.Fenced(List.of(VIOLATION), 1));
            case CONDITION_FAILED ->
                    told(
                            Opcode.DELETE,
                            Status.CONDITION_FAILED,
                            0,
                            new Reply.ConditionFailed(1042));
            case NOT_LEADER -> told(Opcode.PUT, Status.NOT_LEADER, 0, new Reply.NotLeader(LEADER));
            case CLOCK_SKEW ->
                    told(
                            Opcode.PUT,
                            Status.CLOCK_SKEW,
                            0,
                            new Reply.ClockSkew(
                                    HybridTimestamp.ofMillis(1_767_229_200_000L),
                                    1_767_225_600_130L));
            case MESSAGE ->
                    told(
                            Opcode.OPEN_SESSION,
                            Status.INVALID_ARGUMENT,
                            0,
                            new Reply.Message("ttlMs must be in [2000, 86400000] but is 1"));
            case SESSION_EXPIRED ->
                    told(Opcode.PUT, Status.SESSION_EXPIRED, 0, new Reply.SessionExpired(true));
            case RESULT_GONE -> told(Opcode.PUT, Status.OK, 1030, new Reply.ResultGone());
        };
    }

    /** Whether another reply follows. */
    static boolean more(Reply.BodyKind kind) {
        return switch (kind) {
            case NOTHING, WATCHING, EVENTS, LOCK_EVENTS, REJECTION_EVENTS -> true;
            default -> false;
        };
    }

    private static Reply told(Opcode opcode, Status status, long revision, Reply.Body body) {
        return new Reply(opcode, status, revision, NOW, body);
    }

    private static Versioned record() {
        return new Versioned(
                Value.of("paid"), 1030, 1042, 2, NOW, LIVE, SessionId.NONE, SESSION, 5);
    }

    private static Rejection rejection() {
        return new Rejection(1044, NOW, SESSION, LABEL, Optional.of(KEY), VIOLATION, true, 1);
    }

    private static LockInfo lock() {
        return new LockInfo(
                LOCK,
                LIVE,
                Optional.of(new GrantInfo(LIVE, SESSION, 1, LABEL, 1042, NOW)),
                0,
                1,
                List.of(new WaiterInfo(new SessionId(13), 9, SessionLabel.NONE, 29_000)),
                List.of(new EndedGrant(STALE, new SessionId(11), FenceReason.EXPIRED, 1041, SEEN)));
    }

    private static NodeHealth health() {
        return new NodeHealth(
                "10.0.0.3:7400",
                NodeRole.FOLLOWER,
                400,
                ClockVerdict.WITHIN,
                -2,
                1500,
                1,
                2300,
                List.of(
                        new PeerHealth(
                                LEADER,
                                125,
                                100_000,
                                210,
                                -1200,
                                1105,
                                ClockVerdict.OUTSIDE,
                                900,
                                45,
                                400,
                                2001)));
    }

    private static NodeStatus node() {
        return new NodeStatus(
                "10.0.0.3:7400",
                3,
                CLUSTER,
                NodeRole.FOLLOWER,
                LEADER,
                4,
                2001,
                1043,
                NOW,
                0xdeadbeefcafef00dL,
                0,
                1,
                1_000_000,
                256L << 20,
                2,
                1,
                List.of("10.0.0.1:7400", LEADER, "10.0.0.3:7400"),
                "fencekv/0.1.0");
    }
}
