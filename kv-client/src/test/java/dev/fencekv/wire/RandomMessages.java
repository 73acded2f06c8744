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
import dev.fencekv.kv.Limits;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Requests and replies with any content that their types allow; the same seed gives the same. */
final class RandomMessages {
    private static final String[] LETTERS = {"a", "Z", "7", "-", "/", "é", "Ω", "漢", "🔒", " "};

    private final SplittableRandom random;

    RandomMessages(long seed) {
        this.random = new SplittableRandom(seed);
    }

    Request request(Opcode opcode) {
        return switch (opcode) {
            case HELLO ->
                    new Request.Hello(
                            below(256),
                            below(256),
                            bits(),
                            text(0, Limits.PROGRAM_NAME_BYTES_MAX),
                            session(),
                            nonce());
            case PING -> new Request.Ping();
            case STATUS -> new Request.Status();
            case HEALTH -> new Request.Health();
            case GET -> new Request.Get(key(), mode(), number(), fences());
            case PUT -> put();
            case DELETE -> new Request.Delete(id(), fences(), key(), number() - 1);
            case INCREMENT -> new Request.Increment(sessionId(), fences(), key(), bits());
            case APPEND -> new Request.Append(sessionId(), fences(), key(), value());
            case TRANSACT -> new Request.Transact(sessionId(), fences(), transaction());
            case TTL -> new Request.Ttl(key());
            case RANGE ->
                    new Request.Range(range(), oneOf(RangeWhat.values()), flip(), limit(), terms());
            case GET_MANY -> new Request.GetMany(keys(), terms());
            case OPEN_SESSION ->
                    new Request.OpenSession(
                            nonce(),
                            between(Limits.SESSION_TTL_MS_MIN, Limits.SESSION_TTL_MS_MAX),
                            label());
            case RENEW_SESSION -> new Request.RenewSession(liveSession());
            case CLOSE_SESSION -> new Request.CloseSession(sessionId());
            case LIST_SESSIONS -> new Request.ListSessions(session(), limit());
            case ACQUIRE ->
                    new Request.Acquire(
                            sessionId(),
                            lock(),
                            bits(),
                            between(0, Limits.LOCK_WAIT_MS_MAX),
                            between(0, Limits.LOCK_DELAY_MS_MAX));
            case RELEASE -> new Request.Release(sessionId(), lock(), liveToken());
            case CANCEL_WAIT -> new Request.CancelWait(sessionId(), lock(), bits());
            case REVOKE -> new Request.Revoke(id(), lock(), token());
            case INSPECT_LOCK -> new Request.InspectLock(lock(), mode());
            case LIST_LOCKS -> new Request.ListLocks(text(0, Limits.LOCK_NAME_BYTES_MAX), limit());
            case ACQUIRE_SHARED ->
                    new Request.AcquireShared(
                            sessionId(),
                            lock(),
                            bits(),
                            between(0, Limits.LOCK_WAIT_MS_MAX),
                            below(Limits.PERMITS_MAX + 1));
            case LIST_HOLDERS -> new Request.ListHolders(lock(), token(), limit());
            case RECLAIM ->
                    new Request.Reclaim(
                            sessionId(),
                            lock(),
                            bits(),
                            between(0, Limits.LOCK_DELAY_MS_MAX),
                            liveToken());
            case SET_GUARD -> new Request.SetGuard(id(), guard(), flip());
            case REMOVE_GUARD -> new Request.RemoveGuard(id(), key());
            case LIST_GUARDS ->
                    new Request.ListGuards(flip() ? Optional.of(key()) : Optional.empty(), limit());
            case LIST_REJECTIONS -> new Request.ListRejections(number(), limit());
            case ADMIT -> new Request.Admit(id(), resource(), lock(), liveToken());
            case REMOVE_GATE -> new Request.RemoveGate(id(), resource());
            case LIST_GATES ->
                    new Request.ListGates(text(0, Limits.RESOURCE_NAME_BYTES_MAX), limit());
            case CHANGE_SETTING ->
                    new Request.ChangeSetting(id(), text(0, Limits.SETTING_NAME_BYTES_MAX), bits());
            case LIST_SETTINGS -> new Request.ListSettings();
            case LIST_MEMBERS -> new Request.ListMembers();
            case PLACE_MEMBER -> new Request.PlaceMember(address(), oneOf(MemberRole.values()));
            case WATCH ->
                    new Request.Watch(watched(), number(), flip(), flip(), flip(), flip(), count());
            case WATCH_LOCKS -> new Request.WatchLocks(lockNames(), flip(), number(), count());
            case WATCH_REJECTIONS ->
                    new Request.WatchRejections(watched(), lockNames(), flip(), number(), count());
            case CANCEL_WATCH -> new Request.CancelWatch(bits());
            case TRANSFER_LEADERSHIP -> new Request.TransferLeadership(address());
        };
    }

    Reply reply(Reply.BodyKind kind) {
        return new Reply(
                oneOf(Opcode.values()), oneOf(Status.values()), number(), stamp(), body(kind));
    }

    Reply.Body body(Reply.BodyKind kind) {
        return switch (kind) {
            case NOTHING -> Reply.NOTHING;
            case HELLO -> new Reply.Hello(below(256), bits(), cluster(), bits(), address());
            case NODE_STATUS -> new Reply.Node(nodeStatus());
            case NODE_HEALTH -> new Reply.Health(nodeHealth());
            case NUMBER -> new Reply.Number(bits());
            case TRANSACTED -> new Reply.Transacted(flip(), list(100, this::operationResult));
            case TTL -> new Reply.Ttl(number());
            case RANGE ->
                    new Reply.Range(
                            number(),
                            number(),
                            list(
                                    100,
                                    () ->
                                            new RangeRow(
                                                    key(),
                                                    flip()
                                                            ? Optional.empty()
                                                            : Optional.of(smallRecord()))),
                            flip());
            case RECORDS ->
                    new Reply.Records(
                            number(),
                            list(
                                    Limits.KEYS_PER_READ_MAX,
                                    () ->
                                            below(4) > 0
                                                    ? Optional.empty()
                                                    : Optional.of(smallRecord())));
            case MEMBERS -> new Reply.Members(list(Limits.MEMBERS_MAX, this::memberInfo));
            case RECORD -> new Reply.Found(versioned(), number());
            case SESSION_OPENED -> new Reply.SessionOpened(session(), number());
            case RENEWED -> new Reply.Renewed(list(Limits.LOCKS_PER_SESSION_MAX, this::token));
            case TOKEN -> new Reply.Token(token());
            case LOCKS -> new Reply.Locks(list(20, this::lockInfo), flip());
            case GUARDS -> new Reply.Guards(list(100, this::guardInfo), flip());
            case GATES -> new Reply.Gates(list(100, this::gateInfo), flip());
            case HOLDERS -> new Reply.Holders(list(100, this::holder), flip());
            case SESSIONS -> new Reply.Sessions(list(Limits.LIST_ROWS_MAX, this::info), flip());
            case REJECTIONS -> new Reply.Rejections(list(100, this::rejection), flip());
            case SETTINGS -> new Reply.Settings(list(50, this::setting));
            case WATCHING -> new Reply.Watching(number());
            case EVENTS -> new Reply.Events(flip(), list(2, this::event));
            case LOCK_EVENTS -> new Reply.LockEvents(flip(), list(20, this::lockEvent));
            case REJECTION_EVENTS -> new Reply.RejectionEvents(flip(), list(20, this::rejection));
            case COMPACTED -> new Reply.Compacted(number());
            case FENCED ->
                    new Reply.Fenced(
                            list(Limits.VIOLATIONS_PER_OUTCOME_MAX, this::violation), count());
            case CONDITION_FAILED -> new Reply.ConditionFailed(number());
            case NOT_LEADER -> new Reply.NotLeader(address());
            case CLOCK_SKEW -> new Reply.ClockSkew(stamp(), bits());
            case MESSAGE -> new Reply.Message(text(0, Limits.MESSAGE_BYTES_MAX));
            case SESSION_EXPIRED -> new Reply.SessionExpired(flip());
            case RESULT_GONE -> new Reply.ResultGone();
        };
    }

    HybridTimestamp stamp() {
        return new HybridTimestamp(number());
    }

    /** Any 64 bits. */
    long bits() {
        return random.nextLong();
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    private Request put() {
        RequestId id = id();
        return new Request.Put(id, fences(), key(), value(), number() - 1, !id.isNone() && flip());
    }

    /** Keys and locks of a branch differ by their random bytes, or by their number. */
    private Transaction transaction() {
        List<Comparison> comparisons = list(20, this::comparison);
        int least = comparisons.isEmpty() ? 1 : 0;
        return new Transaction(comparisons, branch(least, 50), branch(0, 50));
    }

    private Comparison comparison() {
        Comparison.Subject subject = oneOf(Comparison.Subject.values());
        Comparison.Operator operator = oneOf(Comparison.Operator.values());
        return subject == Comparison.Subject.VALUE
                ? Comparison.value(key(), operator, smallValue())
                : Comparison.number(key(), subject, operator, number());
    }

    private List<Operation> branch(int min, int max) {
        List<Operation> branch = new ArrayList<>();
        for (int i = below(8) == 0 ? max : min + below(4); i > 0; i--) {
            branch.add(operation(i));
        }
        return branch;
    }

    private Operation operation(int place) {
        byte[] bytes = bytes(2, Limits.KEY_BYTES_MAX);
        bytes[0] = (byte) place;
        Key key = Key.copyOf(bytes);
        return switch (oneOf(Operation.Kind.values())) {
            case PUT -> new Operation.Put(key, smallValue(), flip(), ttlMs(), flip());
            case DELETE -> new Operation.Delete(key, flip());
            case DELETE_RANGE -> {
                // Of keys with this byte in front, as all others of a branch have another one.
                Key from = Key.copyOf(new byte[] {(byte) place, 1});
                yield new Operation.DeleteRange(
                        flip() ? KeyRange.prefix(from) : KeyRange.only(key));
            }
            case GET -> new Operation.Get(key);
            case INCREMENT -> new Operation.Increment(key, bits());
            case APPEND -> new Operation.Append(key, smallValue());
            case ACQUIRE ->
                    new Operation.Acquire(
                            new LockName(place + text(0, 100)),
                            bits(),
                            between(0, Limits.LOCK_DELAY_MS_MAX));
            case EXPIRE -> new Operation.Expire(key, ttlMs());
        };
    }

    private long ttlMs() {
        return flip() ? Operation.NEVER : between(Limits.KEY_TTL_MS_MIN, Limits.KEY_TTL_MS_MAX);
    }

    /** Many of them fit a frame. */
    private Value smallValue() {
        return Value.copyOf(bytes(0, 2000));
    }

    private OperationResult operationResult() {
        return switch (oneOf(Operation.Kind.values())) {
            case PUT -> new OperationResult.Put(recordIfAny());
            case DELETE -> new OperationResult.Delete(flip(), recordIfAny());
            case DELETE_RANGE -> new OperationResult.DeleteRange(number());
            case GET -> new OperationResult.Get(recordIfAny(), number());
            case INCREMENT -> new OperationResult.Increment(bits());
            case APPEND -> new OperationResult.Append(bits());
            case ACQUIRE -> new OperationResult.Acquire(token());
            case EXPIRE -> new OperationResult.Expire(flip());
        };
    }

    private Optional<Versioned> recordIfAny() {
        return flip() ? Optional.empty() : Optional.of(versioned(smallValue()));
    }

    private NodeHealth nodeHealth() {
        return new NodeHealth(
                address(),
                oneOf(NodeRole.values()),
                count(),
                oneOf(ClockVerdict.values()),
                bits(),
                number(),
                count(),
                number(),
                list(Limits.MEMBERS_MAX, this::peerHealth));
    }

    private MemberInfo memberInfo() {
        return new MemberInfo(
                bits(),
                address(),
                address(),
                oneOf(MemberRole.values()),
                oneOf(MemberRole.values()),
                flip(),
                bits());
    }

    private PeerHealth peerHealth() {
        return new PeerHealth(
                address(),
                below(100_001),
                number(),
                number(),
                bits(),
                bits(),
                oneOf(ClockVerdict.values()),
                number(),
                number(),
                count(),
                number());
    }

    private NodeStatus nodeStatus() {
        return new NodeStatus(
                address(),
                bits(),
                cluster(),
                oneOf(NodeRole.values()),
                address(),
                number(),
                number(),
                number(),
                stamp(),
                bits(),
                number(),
                count(),
                number(),
                number(),
                count(),
                count(),
                list(Limits.MEMBERS_MAX, this::address),
                text(0, Limits.PROGRAM_NAME_BYTES_MAX));
    }

    private KeyRange watched() {
        Key one = key();
        Key other = key();
        return one.compareTo(other) <= 0
                ? new KeyRange(
                        flip() ? Optional.of(one) : Optional.empty(),
                        flip() ? Optional.of(other) : Optional.empty())
                : KeyRange.ALL;
    }

    private LockNames lockNames() {
        return flip()
                ? LockNames.only(lock())
                : LockNames.startingWith(text(0, Limits.LOCK_NAME_BYTES_MAX));
    }

    private LockEvent lockEvent() {
        return new LockEvent(
                oneOf(LockEventType.values()),
                number(),
                stamp(),
                lock(),
                token(),
                session(),
                bits(),
                label(),
                flip(),
                random.nextInt(Limits.PERMITS_MAX + 1),
                number());
    }

    private RecordEvent event() {
        Optional<Versioned> record =
                flip() ? Optional.of(versioned(smallValue())) : Optional.empty();
        return new RecordEvent(
                oneOf(EventType.values()), number(), stamp(), key(), record, Optional.empty());
    }

    private Versioned versioned() {
        return versioned(value());
    }

    private Versioned versioned(Value value) {
        return new Versioned(
                value, number(), number(), number(), stamp(), token(), session(), session(),
                number());
    }

    /** Hundreds of these fit a frame. */
    private Versioned smallRecord() {
        return new Versioned(
                Value.copyOf(bytes(0, 1000)),
                number(),
                number(),
                number(),
                stamp(),
                token(),
                session(),
                session(),
                number());
    }

    private KeyRange range() {
        Optional<Key> one = keyIfAny();
        Optional<Key> other = keyIfAny();
        boolean swapped =
                one.isPresent() && other.isPresent() && one.get().compareTo(other.get()) > 0;
        return swapped ? new KeyRange(other, one) : new KeyRange(one, other);
    }

    private List<Key> keys() {
        List<Key> keys = new ArrayList<>(list(Limits.KEYS_PER_READ_MAX - 1, this::key));
        keys.add(key());
        return keys;
    }

    private ReadTerms terms() {
        AsOf at =
                switch (below(3)) {
                    case 0 -> AsOf.NOW;
                    case 1 -> new AsOf(number(), HybridTimestamp.ZERO);
                    default -> new AsOf(0, stamp());
                };
        return new ReadTerms(mode(), number(), at, fences());
    }

    private LockInfo lockInfo() {
        Optional<GrantInfo> grant =
                flip()
                        ? Optional.of(
                                new GrantInfo(
                                        token(), session(), bits(), label(), number(), stamp()))
                        : Optional.empty();
        return new LockInfo(
                lock(),
                token(),
                grant,
                number(),
                random.nextInt(Integer.MAX_VALUE),
                list(20, () -> new WaiterInfo(session(), bits(), label(), number())),
                list(
                        8,
                        () ->
                                new EndedGrant(
                                        token(),
                                        session(),
                                        oneOf(FenceReason.values()),
                                        number(),
                                        stamp())));
    }

    private Guard guard() {
        return new Guard(key(), lock(), oneOf(GuardRule.values()), oneOf(GuardMode.values()));
    }

    private GuardInfo guardInfo() {
        return new GuardInfo(guard(), number(), number());
    }

    private HolderInfo holder() {
        GrantInfo grant = new GrantInfo(token(), session(), bits(), label(), number(), stamp());
        return new HolderInfo(grant, flip(), below(Limits.PERMITS_MAX + 1));
    }

    private GateInfo gateInfo() {
        return new GateInfo(resource(), lock(), token(), number(), number());
    }

    private SessionInfo info() {
        return new SessionInfo(session(), label(), number(), number(), count(), count(), count());
    }

    private Rejection rejection() {
        return new Rejection(
                number(), stamp(), session(), label(), keyIfAny(), violation(), flip(), number());
    }

    private Optional<Key> keyIfAny() {
        return flip() ? Optional.empty() : Optional.of(key());
    }

    private FenceViolation violation() {
        return new FenceViolation(
                oneOf(FenceReason.values()),
                lock(),
                token(),
                token(),
                flip() ? Optional.empty() : Optional.of(oneOf(FenceReason.values())),
                number(),
                stamp(),
                label());
    }

    private SettingInfo setting() {
        return new SettingInfo(text(0, Limits.SETTING_NAME_BYTES_MAX), bits(), bits(), bits());
    }

    private RequestId id() {
        return flip() ? RequestId.NONE : sessionId();
    }

    private RequestId sessionId() {
        long floor = between(1, Long.MAX_VALUE - 1);
        return new RequestId(liveSession(), between(floor, Long.MAX_VALUE - 1), floor);
    }

    private List<Fence> fences() {
        return list(Limits.FENCES_PER_COMMAND_MAX, () -> new Fence(lock(), liveToken()));
    }

    private Key key() {
        return Key.copyOf(bytes(1, Limits.KEY_BYTES_MAX));
    }

    /** The largest possible ones rarely: they make the test slow. */
    private Value value() {
        return Value.copyOf(bytes(0, below(50) == 0 ? Limits.VALUE_BYTES_MAX : 2000));
    }

    private LockName lock() {
        return new LockName(text(1, Limits.LOCK_NAME_BYTES_MAX));
    }

    private ResourceName resource() {
        return new ResourceName(text(1, Limits.RESOURCE_NAME_BYTES_MAX));
    }

    private SessionLabel label() {
        return new SessionLabel(text(0, Limits.SESSION_LABEL_BYTES_MAX));
    }

    private SessionId session() {
        return flip() ? SessionId.NONE : liveSession();
    }

    private SessionId liveSession() {
        return new SessionId(between(1, Long.MAX_VALUE - 1));
    }

    private FencingToken token() {
        return flip() ? FencingToken.NONE : liveToken();
    }

    private FencingToken liveToken() {
        return new FencingToken(between(1, Limits.FENCING_TOKEN_MAX));
    }

    private SessionNonce nonce() {
        return new SessionNonce(bits(), bits());
    }

    private ClusterId cluster() {
        return new ClusterId(bits(), bits());
    }

    private String address() {
        return text(0, Limits.ADDRESS_BYTES_MAX);
    }

    private ReadMode mode() {
        return oneOf(ReadMode.values());
    }

    private int limit() {
        return (int) between(1, Limits.LIST_ROWS_MAX);
    }

    private int count() {
        return (int) between(0, Integer.MAX_VALUE);
    }

    /** Not negative; small and large ones alike. */
    private long number() {
        return bits() >>> 1 >>> below(63);
    }

    private boolean flip() {
        return random.nextBoolean();
    }

    /** Both ends included, and met often. */
    private long between(long min, long max) {
        return switch (below(8)) {
            case 0 -> min;
            case 1 -> max;
            default -> random.nextLong(min, max + 1);
        };
    }

    private byte[] bytes(int min, int max) {
        byte[] bytes = new byte[(int) between(min, max)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** As many bytes of UTF-8 as asked for, or a few less. */
    private String text(int bytesMin, int bytesMax) {
        long want = between(bytesMin, bytesMax);
        StringBuilder text = new StringBuilder();
        for (int room = (int) want; room > 0; ) {
            String letter = room < 4 ? LETTERS[below(5)] : oneOf(LETTERS);
            text.append(letter);
            room -= letter.getBytes(StandardCharsets.UTF_8).length;
        }
        return text.toString();
    }

    private <T> List<T> list(int max, Supplier<T> element) {
        int size = below(4) == 0 ? (int) between(0, max) : below(Math.min(max, 3) + 1);
        List<T> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(element.get());
        }
        return list;
    }

    private <T> T oneOf(T[] choices) {
        return choices[below(choices.length)];
    }
}
