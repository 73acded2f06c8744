package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A client of the simulation: asks for this and that by sequence numbers, retries what it has no
 * answer to, believes in tokens long after they are dead.
 */
final class SimClient {
    private static final String[] KEYS = {"a", "ab", "abc", "b", "bc", "c", "d", "da"};
    private static final String[] PREFIXES = {"a", "ab", "b", "bc", "d"};
    private static final String[] LOCKS = {"l1", "l2", "l3", "l4", "l5"};

    private final int number;
    private final Random random;
    private final SimLog log;
    private long nonces;
    private long values;

    private SessionNonce nonce = new SessionNonce(1, 1);
    private long openTtlMs = 2000;
    SessionId session = SessionId.NONE;
    private long nextSequence = 1;

    /** Sent and not answered. */
    private final TreeMap<Long, Command> unsettled = new TreeMap<>();

    /** The first answer to each. */
    private final Map<Long, Outcome> settled = new HashMap<>();

    /** Locks it believes to hold, dead tokens included. */
    private final List<Fence> tokens = new ArrayList<>();

    private long pausedUntilMs;

    /** The highest stamp it has seen. */
    long seen;

    SimClient(int number, Random random, SimLog log) {
        this.number = number;
        this.random = random;
        this.log = log;
        freshNonce();
    }

    private void freshNonce() {
        nonces++;
        nonce = new SessionNonce(number + 1, nonces);
        openTtlMs = 2000 + random.nextInt(4) * 500L;
        session = SessionId.NONE;
        unsettled.clear();
        settled.clear();
        nextSequence = 1;
    }

    /** What it sends next. */
    Command next() {
        if (session.isNone()) {
            return random.nextInt(6) == 0
                    ? put(RequestId.NONE)
                    : new Command.OpenSession(nonce, openTtlMs, new SessionLabel("c" + number));
        }
        int dice = random.nextInt(100);
        if (dice < 25 && !unsettled.isEmpty()) {
            return retry();
        }
        if (dice < 30) {
            return sessionless();
        }
        if (dice < 32 && !settled.isEmpty()) {
            return reuse();
        }
        RequestId id = new RequestId(session, nextSequence, floor());
        Command command = commandOf(id, random.nextInt(100));
        unsettled.put(nextSequence, command);
        nextSequence += random.nextInt(20) == 0 ? 2 : 1;
        return command;
    }

    private long floor() {
        return unsettled.isEmpty() ? nextSequence : unsettled.firstKey();
    }

    private Command retry() {
        List<Long> numbers = List.copyOf(unsettled.keySet());
        return unsettled.get(numbers.get(random.nextInt(numbers.size())));
    }

    /** Another command under a number that was used. */
    private Command reuse() {
        List<Long> numbers = settled.keySet().stream().sorted().toList();
        long used = numbers.get(random.nextInt(numbers.size()));
        return put(new RequestId(session, used, Math.min(used, floor())));
    }

    private Command sessionless() {
        return switch (random.nextInt(4)) {
            case 0 -> put(RequestId.NONE);
            case 1 -> new Command.Delete(RequestId.NONE, fences(), key(), Command.ANY_REVISION);
            case 2 -> {
                Transaction transaction = transaction();
                yield transaction.needsSession()
                        ? put(RequestId.NONE)
                        : new Command.Transact(RequestId.NONE, fences(), transaction);
            }
            default -> membership();
        };
    }

    private Command membership() {
        Member member =
                new Member(1 + random.nextInt(3), "p" + random.nextInt(3), "c" + random.nextInt(2));
        MemberRole[] roles = MemberRole.values();
        return switch (random.nextInt(4)) {
            case 0 -> new Command.BindMember(member);
            case 1 -> new Command.ForgetMember(member);
            default -> new Command.PlaceMember(member, roles[random.nextInt(roles.length)]);
        };
    }

    private Command commandOf(RequestId id, int dice) {
        if (dice < 22) {
            return put(id);
        }
        if (dice < 34) {
            return new Command.Transact(id, fences(), transaction());
        }
        if (dice < 38) {
            return new Command.Increment(id, fences(), key(), delta());
        }
        if (dice < 40) {
            return new Command.Append(id, fences(), key(), Value.of("7"));
        }
        if (dice < 50) {
            return new Command.Delete(id, fences(), key(), ifRevision());
        }
        if (dice < 58) {
            return new Command.AcquireShared(
                    id,
                    lock(),
                    random.nextInt(3),
                    random.nextBoolean() ? 0 : random.nextInt(3000),
                    random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0);
        }
        if (dice < 72) {
            return new Command.Acquire(
                    id,
                    lock(),
                    random.nextInt(2),
                    random.nextBoolean() ? 0 : random.nextInt(3000),
                    random.nextInt(3) == 0 ? random.nextInt(800) : 0);
        }
        if (dice < 80 && !tokens.isEmpty()) {
            Fence fence = token();
            return new Command.Release(id, fence.lock(), fence.token());
        }
        if (dice < 82 && !tokens.isEmpty()) {
            Fence fence = token();
            return new Command.Reclaim(id, fence.lock(), random.nextInt(2), 0, fence.token());
        }
        if (dice < 85) {
            return new Command.CancelWait(id, lock(), random.nextInt(2));
        }
        if (dice < 87) {
            return new Command.Revoke(
                    id, lock(), random.nextBoolean() ? FencingToken.NONE : token().token());
        }
        if (dice < 92) {
            return new Command.SetGuard(
                    id,
                    new Guard(
                            Key.of(PREFIXES[random.nextInt(PREFIXES.length)]),
                            lock(),
                            GuardRule.values()[random.nextInt(2)],
                            GuardMode.values()[random.nextInt(2)]),
                    random.nextInt(4) == 0);
        }
        if (dice < 94) {
            return new Command.RemoveGuard(id, Key.of(PREFIXES[random.nextInt(PREFIXES.length)]));
        }
        if (dice < 96) {
            return gate(id);
        }
        if (dice < 98) {
            return setting(id);
        }
        return dice == 98
                ? new Command.CloseSession(id)
                : new Command.RaiseLevel(1 + random.nextInt(2));
    }

    private Command gate(RequestId id) {
        ResourceName resource = new ResourceName("r" + random.nextInt(2));
        if (random.nextInt(8) == 0) {
            return new Command.RemoveGate(id, resource);
        }
        Fence fence = token();
        return new Command.Admit(id, resource, fence.lock(), fence.token());
    }

    private Command setting(RequestId id) {
        return switch (random.nextInt(9)) {
            case 7 ->
                    new Command.ChangeSetting(
                            id, Setting.KEYS_WITH_TTL_MAX, random.nextInt(KEYS.length));
            case 5 -> new Command.ChangeSetting(id, Setting.HISTORY_BYTES, historyBytes());
            case 6 ->
                    new Command.ChangeSetting(
                            id, Setting.HISTORY_REVISIONS, 1 + random.nextInt(200));
            case 0 -> new Command.ChangeSetting(id, Setting.LOCKS_MAX, 1 + random.nextInt(4));
            case 1 ->
                    new Command.ChangeSetting(
                            id, Setting.ENDED_GRANTS_PER_LOCK, 1 + random.nextInt(3));
            case 2 -> new Command.ChangeSetting(id, Setting.REJECTIONS_MAX, 1 + random.nextInt(3));
            case 3 -> new Command.ChangeSetting(id, Setting.ENDED_SESSIONS_MAX, random.nextInt(3));
            case 8 ->
                    random.nextBoolean()
                            ? new Command.ChangeSetting(
                                    id, Setting.GATES_MAX, 1 + random.nextInt(2))
                            : new Command.ChangeSetting(
                                    id, Setting.SHARED_GRANTS_MAX, 1 + random.nextInt(5));
            default ->
                    new Command.ChangeSetting(
                            id, Setting.STORE_QUOTA_BYTES, (1L + random.nextInt(600)) << 20);
        };
    }

    private long historyBytes() {
        return random.nextInt(4) == 0 ? 0 : 200L << random.nextInt(12);
    }

    private Command put(RequestId id) {
        values++;
        return new Command.Put(
                id,
                fences(),
                key(),
                random.nextInt(3) == 0
                        ? Value.of(Long.toString(values))
                        : Value.of("c" + number + "v" + values),
                ifRevision(),
                !id.isNone() && random.nextInt(5) == 0);
    }

    private Transaction transaction() {
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            comparisons.add(comparison());
        }
        List<Operation> then = branch();
        if (then.isEmpty() && comparisons.isEmpty()) {
            then.add(Operation.get(key()));
        }
        return new Transaction(comparisons, then, comparisons.isEmpty() ? List.of() : branch());
    }

    private Comparison comparison() {
        Comparison.Operator operator =
                Comparison.Operator.values()[random.nextInt(Comparison.Operator.values().length)];
        Comparison.Subject subject =
                Comparison.Subject.values()[random.nextInt(Comparison.Subject.values().length)];
        return switch (subject) {
            case VALUE ->
                    Comparison.value(key(), operator, Value.of(Long.toString(random.nextInt(50))));
            case VERSION, TOKEN, OWNER ->
                    Comparison.number(key(), subject, operator, random.nextInt(4));
            case MODIFY_REVISION, CREATE_REVISION ->
                    Comparison.number(key(), subject, operator, random.nextInt(60));
        };
    }

    /** Each key and each lock once. */
    private List<Operation> branch() {
        List<Operation> branch = new ArrayList<>();
        KeyRange deleted = random.nextInt(8) == 0 ? range() : KeyRange.of("a", "a");
        if (!deleted.isEmpty()) {
            branch.add(new Operation.DeleteRange(deleted));
        }
        for (String key : KEYS) {
            if (random.nextInt(4) == 0 && !deleted.contains(Key.of(key))) {
                branch.add(operation(Key.of(key)));
            }
        }
        for (String lock : LOCKS) {
            if (random.nextInt(14) == 0) {
                branch.add(
                        new Operation.Acquire(
                                new LockName(lock), random.nextInt(2), random.nextInt(400)));
            }
        }
        Collections.shuffle(branch, random);
        return branch;
    }

    private KeyRange range() {
        Key one = key();
        Key other = key();
        return switch (random.nextInt(4)) {
            case 0 -> KeyRange.prefix(one);
            case 1 -> KeyRange.from(one);
            case 2 -> KeyRange.below(one);
            default -> one.compareTo(other) < 0 ? KeyRange.of(one, other) : KeyRange.of(other, one);
        };
    }

    private Operation operation(Key key) {
        values++;
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 ->
                    new Operation.Put(
                            key,
                            Value.of(Long.toString(values)),
                            random.nextInt(12) == 0,
                            random.nextBoolean() ? Operation.NEVER : 100 + random.nextInt(2000),
                            random.nextInt(3) == 0);
            case 4 -> new Operation.Delete(key, random.nextBoolean());
            case 5 -> new Operation.Increment(key, random.nextInt(9) - 4);
            case 6 -> new Operation.Append(key, Value.of("7"));
            case 7 ->
                    new Operation.Expire(
                            key,
                            random.nextInt(3) == 0 ? Operation.NEVER : 100 + random.nextInt(2000));
            default -> new Operation.Get(key);
        };
    }

    private long delta() {
        return random.nextInt(6) == 0 ? random.nextLong() : random.nextInt(9) - 4;
    }

    private long ifRevision() {
        return random.nextInt(4) == 0 ? random.nextInt(30) : Command.ANY_REVISION;
    }

    private List<Fence> fences() {
        List<Fence> fences = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0 && !tokens.isEmpty(); i--) {
            fences.add(token());
        }
        return fences;
    }

    /** Mostly one of the last it was granted; now and then one of a lock it is not of. */
    private Fence token() {
        if (tokens.isEmpty()) {
            return new Fence(lock(), new FencingToken(1 + random.nextInt(5)));
        }
        int back = Math.min(tokens.size() - 1, random.nextInt(3));
        Fence fence = tokens.get(tokens.size() - 1 - back);
        return random.nextInt(12) == 0 ? new Fence(lock(), fence.token()) : fence;
    }

    private Key key() {
        return Key.of(KEYS[random.nextInt(KEYS.length)]);
    }

    private LockName lock() {
        return new LockName(LOCKS[random.nextInt(LOCKS.length)]);
    }

    void saw(HybridTimestamp stamp) {
        seen = Math.max(seen, stamp.packed());
    }

    /** An answer has come, perhaps late, perhaps again. */
    void answered(Command command, Outcome outcome) {
        saw(outcome.at());
        if (command instanceof Command.OpenSession open) {
            answeredOpen(open, outcome);
            return;
        }
        RequestId id = command.id();
        if (!id.session().equals(session) || id.isNone()) {
            return;
        }
        switch (outcome.status()) {
            case SESSION_EXPIRED -> freshNonce();
            case DUPLICATE ->
                    assertThat(unsettled)
                            .as("what is not settled has no floor above it")
                            .doesNotContainKey(id.sequence());
            case TOO_MANY_IN_FLIGHT -> {}
            default -> settle(id, command, outcome);
        }
    }

    private void answeredOpen(Command.OpenSession open, Outcome outcome) {
        if (!open.nonce().equals(nonce)) {
            return;
        }
        if (outcome.result() instanceof Outcome.SessionOpened opened) {
            assertThat(session.isNone() || session.equals(opened.session()))
                    .as("a nonce opens one session, as long as it is remembered")
                    .isTrue();
            session = opened.session();
        } else if (session.isNone()) {
            freshNonce();
        }
    }

    private void settle(RequestId id, Command command, Outcome outcome) {
        Command asked = unsettled.get(id.sequence());
        Outcome before = settled.get(id.sequence());
        if (asked == null && before == null) {
            return;
        }
        if (asked != null && !asked.equals(command) || asked == null && isReuse(outcome)) {
            return;
        }
        if (before != null) {
            if (outcome.result() == Outcome.GONE || before.result() == Outcome.GONE) {
                assertThat(outcome.status()).as("%s", command).isEqualTo(before.status());
                assertThat(outcome.revision()).as("%s", command).isEqualTo(before.revision());
                return;
            }
            assertThat(outcome).as("one outcome for ever: %s", command).isEqualTo(before);
            return;
        }
        unsettled.remove(id.sequence());
        settled.put(id.sequence(), outcome);
        if (outcome.status() == Status.OK && command instanceof Command.Put) {
            assertThat(log.effects)
                    .as("acknowledged and applied: %s", command)
                    .containsKey(new RequestId(session, id.sequence(), 1));
        }
        if (command instanceof Command.Acquire acquire
                && outcome.result() instanceof Outcome.Token granted) {
            holds(acquire.lock(), granted.token());
        }
        if (command instanceof Command.AcquireShared acquire
                && outcome.result() instanceof Outcome.Token granted) {
            holds(acquire.lock(), granted.token());
        }
        if (command instanceof Command.Reclaim reclaim
                && outcome.result() instanceof Outcome.Token granted) {
            holds(reclaim.lock(), granted.token());
        }
        SimLog.acquired(command, outcome).forEach(this::holds);
    }

    private static boolean isReuse(Outcome outcome) {
        return outcome.status() == Status.INVALID_ARGUMENT;
    }

    void holds(LockName lock, FencingToken token) {
        tokens.add(new Fence(lock, token));
    }

    /** Stops for a while, as a process does that collects garbage, and does not know it. */
    void pauseUntil(long timeMs) {
        pausedUntilMs = timeMs;
    }

    boolean isPaused(long nowMs) {
        return nowMs < pausedUntilMs;
    }
}
