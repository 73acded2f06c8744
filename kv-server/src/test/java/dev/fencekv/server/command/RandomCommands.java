package dev.fencekv.server.command;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** Any command and any outcome, by seed; small and extreme values are more likely than others. */
final class RandomCommands {
    private final Random random;

    RandomCommands(long seed) {
        random = new Random(seed);
    }

    LogEntry entry() {
        return new LogEntry(stamp(), list(1, 5, this::command));
    }

    Command command() {
        Command.Kind[] kinds = Command.Kind.values();
        return command(kinds[random.nextInt(kinds.length)]);
    }

    Command command(Command.Kind kind) {
        return switch (kind) {
            case PUT -> {
                RequestId id = id();
                yield new Command.Put(
                        id,
                        fences(),
                        key(),
                        value(),
                        number(Command.ANY_REVISION, Long.MAX_VALUE),
                        !id.isNone() && random.nextBoolean());
            }
            case DELETE ->
                    new Command.Delete(
                            id(), fences(), key(), number(Command.ANY_REVISION, Long.MAX_VALUE));
            case OPEN_SESSION ->
                    new Command.OpenSession(
                            new SessionNonce(random.nextLong(), random.nextLong() | 1),
                            number(Limits.SESSION_TTL_MS_MIN, Limits.SESSION_TTL_MS_MAX),
                            label());
            case CLOSE_SESSION -> new Command.CloseSession(sessionId());
            case ACQUIRE ->
                    new Command.Acquire(
                            sessionId(),
                            lock(),
                            random.nextLong(),
                            number(0, Limits.LOCK_WAIT_MS_MAX),
                            number(0, Limits.LOCK_DELAY_MS_MAX));
            case RELEASE -> new Command.Release(sessionId(), lock(), token(1));
            case CANCEL_WAIT -> new Command.CancelWait(sessionId(), lock(), random.nextLong());
            case REVOKE -> new Command.Revoke(id(), lock(), token(0));
            case SET_GUARD -> new Command.SetGuard(id(), guard(), random.nextBoolean());
            case REMOVE_GUARD -> new Command.RemoveGuard(id(), key());
            case CHANGE_SETTING ->
                    new Command.ChangeSetting(id(), any(Setting.values()), random.nextLong());
            case TICK ->
                    new Command.Tick(
                            number(0, Long.MAX_VALUE),
                            list(0, 9, () -> new SessionId(number(0, Long.MAX_VALUE))));
            case RAISE_LEVEL -> new Command.RaiseLevel((int) number(1, Integer.MAX_VALUE));
            case FORM_CLUSTER ->
                    new Command.FormCluster(
                            new ClusterId(random.nextLong(), random.nextLong() | 1),
                            list(0, 5, this::member),
                            random.nextLong());
            case BIND_MEMBER -> new Command.BindMember(member());
            case PLACE_MEMBER -> new Command.PlaceMember(member(), any(MemberRole.values()));
            case FORGET_MEMBER -> new Command.ForgetMember(member());
            case INCREMENT ->
                    new Command.Increment(sessionId(), fences(), key(), random.nextLong());
            case ADMIT -> new Command.Admit(id(), resource(), lock(), token(1));
            case ACQUIRE_SHARED ->
                    new Command.AcquireShared(
                            sessionId(),
                            lock(),
                            random.nextLong(),
                            number(0, Limits.LOCK_WAIT_MS_MAX),
                            (int) number(0, Limits.PERMITS_MAX));
            case RECLAIM ->
                    new Command.Reclaim(
                            sessionId(),
                            lock(),
                            random.nextLong(),
                            number(0, Limits.LOCK_DELAY_MS_MAX),
                            token(1));
            case REMOVE_GATE -> new Command.RemoveGate(id(), resource());
            case APPEND -> new Command.Append(sessionId(), fences(), key(), value());
            case TRANSACT -> new Command.Transact(sessionId(), fences(), transaction());
        };
    }

    Outcome outcome() {
        return new Outcome(
                any(Status.values()),
                random.nextLong(),
                stamp(),
                result(random.nextInt(Outcome.ResultKind.values().length)));
    }

    private Outcome.Result result(int which) {
        return switch (Outcome.ResultKind.ofCode(which)) {
            case NOTHING -> Outcome.NOTHING;
            case TOKEN -> new Outcome.Token(token(0));
            case SESSION_OPENED ->
                    new Outcome.SessionOpened(
                            new SessionId(number(0, Long.MAX_VALUE)), random.nextLong());
            case FENCED -> {
                List<FenceViolation> violations = list(1, 16, this::violation);
                yield new Outcome.Fenced(violations, violations.size() + random.nextInt(3));
            }
            case CONDITION_FAILED -> new Outcome.ConditionFailed(random.nextLong());
            case REFUSED -> new Outcome.Refused(any(RefusalReason.values()), random.nextLong());
            case SESSION_EXPIRED -> new Outcome.SessionExpired(random.nextBoolean());
            case GONE -> Outcome.GONE;
            case NUMBER -> new Outcome.Number(random.nextLong());
            case TRANSACTED ->
                    new Outcome.Transacted(random.nextBoolean(), list(0, 9, this::operationResult));
        };
    }

    private Transaction transaction() {
        return new Transaction(list(0, 5, this::comparison), branch(1, 9), branch(0, 9));
    }

    private Comparison comparison() {
        Comparison.Subject subject = any(Comparison.Subject.values());
        Comparison.Operator operator = any(Comparison.Operator.values());
        return subject == Comparison.Subject.VALUE
                ? Comparison.value(key(), operator, value())
                : Comparison.number(key(), subject, operator, number(0, Long.MAX_VALUE));
    }

    /** Keys and locks differ by their number. */
    private List<Operation> branch(int min, int max) {
        List<Operation> branch = new ArrayList<>();
        for (int i = min + random.nextInt(max - min + 1); i > 0; i--) {
            branch.add(operation(i));
        }
        return branch;
    }

    private Operation operation(int place) {
        byte[] bytes = bytes(1, Limits.KEY_BYTES_MAX);
        bytes[0] = (byte) place;
        Key key = Key.copyOf(bytes);
        return switch (any(Operation.Kind.values())) {
            case PUT ->
                    new Operation.Put(
                            key, value(), random.nextBoolean(), ttlMs(), random.nextBoolean());
            case DELETE -> new Operation.Delete(key, random.nextBoolean());
            case DELETE_RANGE -> new Operation.DeleteRange(KeyRange.only(key));
            case GET -> new Operation.Get(key);
            case INCREMENT -> new Operation.Increment(key, random.nextLong());
            case APPEND -> new Operation.Append(key, value());
            case ACQUIRE ->
                    new Operation.Acquire(
                            new LockName(place + "l"),
                            random.nextLong(),
                            number(0, Limits.LOCK_DELAY_MS_MAX));
            case EXPIRE -> new Operation.Expire(key, ttlMs());
        };
    }

    private long ttlMs() {
        return random.nextBoolean()
                ? Operation.NEVER
                : number(Limits.KEY_TTL_MS_MIN, Limits.KEY_TTL_MS_MAX);
    }

    private OperationResult operationResult() {
        return switch (any(Operation.Kind.values())) {
            case PUT -> new OperationResult.Put(record());
            case DELETE -> new OperationResult.Delete(random.nextBoolean(), record());
            case DELETE_RANGE -> new OperationResult.DeleteRange(number(0, Long.MAX_VALUE));
            case GET -> new OperationResult.Get(record(), number(0, Long.MAX_VALUE));
            case INCREMENT -> new OperationResult.Increment(random.nextLong());
            case APPEND -> new OperationResult.Append(random.nextLong());
            case ACQUIRE -> new OperationResult.Acquire(token(0));
            case EXPIRE -> new OperationResult.Expire(random.nextBoolean());
        };
    }

    private Optional<Versioned> record() {
        return random.nextBoolean()
                ? Optional.empty()
                : Optional.of(
                        new Versioned(
                                value(),
                                random.nextLong(),
                                random.nextLong(),
                                random.nextLong(),
                                stamp(),
                                token(0),
                                new SessionId(number(0, Long.MAX_VALUE)),
                                new SessionId(number(0, Long.MAX_VALUE)),
                                random.nextLong()));
    }

    private FenceViolation violation() {
        return new FenceViolation(
                any(FenceReason.values()),
                lock(),
                token(0),
                token(0),
                random.nextBoolean() ? Optional.empty() : Optional.of(any(FenceReason.values())),
                number(0, Long.MAX_VALUE),
                stamp(),
                label());
    }

    private RequestId id() {
        return random.nextBoolean() ? RequestId.NONE : sessionId();
    }

    private RequestId sessionId() {
        long floor = number(1, Long.MAX_VALUE - 4096);
        return new RequestId(
                new SessionId(number(1, Long.MAX_VALUE)), floor + random.nextInt(4096), floor);
    }

    private Member member() {
        return new Member(
                random.nextLong() | 1,
                "p" + text(0, 50),
                "c" + text(0, Limits.ADDRESS_BYTES_MAX - 1));
    }

    private Guard guard() {
        return new Guard(key(), lock(), any(GuardRule.values()), any(GuardMode.values()));
    }

    private List<Fence> fences() {
        return list(0, Limits.FENCES_PER_COMMAND_MAX, () -> new Fence(lock(), token(1)));
    }

    private Key key() {
        return Key.copyOf(bytes(1, Limits.KEY_BYTES_MAX));
    }

    private Value value() {
        return Value.copyOf(bytes(0, random.nextInt(200) == 0 ? Limits.VALUE_BYTES_MAX : 300));
    }

    private LockName lock() {
        return new LockName("l" + text(0, Limits.LOCK_NAME_BYTES_MAX / 4 - 1));
    }

    private ResourceName resource() {
        return new ResourceName("r" + text(0, Limits.RESOURCE_NAME_BYTES_MAX / 4 - 1));
    }

    private SessionLabel label() {
        return new SessionLabel(text(0, Limits.SESSION_LABEL_BYTES_MAX / 4));
    }

    private FencingToken token(long min) {
        return new FencingToken(number(min, Limits.FENCING_TOKEN_MAX));
    }

    private HybridTimestamp stamp() {
        return new HybridTimestamp(number(0, Long.MAX_VALUE));
    }

    private long number(long min, long max) {
        return switch (random.nextInt(4)) {
            case 0 -> min;
            case 1 -> max;
            case 2 -> Math.min(max, min + random.nextInt(1000));
            default -> random.longs(1, min, max).findFirst().orElse(min);
        };
    }

    private byte[] bytes(int min, int max) {
        int most = random.nextInt(8) == 0 ? max : Math.min(max, min + 20);
        byte[] bytes = new byte[min + random.nextInt(most - min + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Of one to four bytes each in UTF-8, U+FFFD among them. */
    private String text(int min, int max) {
        int[] points = {'a', 'Z', '0', ':', '/', 0xe9, 0x20ac, 0xfffd, 0x1f512};
        StringBuilder text = new StringBuilder();
        for (int i = min + random.nextInt(max - min + 1); i > 0; i--) {
            int point = points[random.nextInt(points.length)];
            if (text.length() + 2 <= max) {
                text.appendCodePoint(point);
            }
        }
        return text.toString();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> List<T> list(int min, int max, Supplier<T> element) {
        List<T> list = new ArrayList<>();
        for (int i = min + random.nextInt(max - min + 1); i > 0; i--) {
            list.add(element.get());
        }
        return list;
    }
}
