package dev.fencekv.server.state;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.Setting;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state machine once more, as plainly as DESIGN sections 3 to 5 can be written down: lists that
 * are searched from end to end, no digests, no indexes, no snapshots. The simulation compares both
 * after every command. Knows nothing of quota and of the limits that only stories reach.
 */
final class NaiveModel {
    static final class ASession {
        final long id;
        final SessionNonce nonce;
        final long ttlMs;
        final String label;
        long deadlineMs;
        long floor = 1;
        boolean live = true;
        final Map<Long, Done> outcomes = new HashMap<>();

        ASession(long id, Command.OpenSession open) {
            this.id = id;
            this.nonce = open.nonce();
            this.ttlMs = open.ttlMs();
            this.label = open.label().value();
        }
    }

    /** What became of a sequence number, and of which command. */
    private record Done(ByteBuffer command, String outcome) {}

    /** {@code permits}: of a semaphore, 0 of a reader, -1 of who has it alone. */
    record Held(long token, ASession session, long owner, String done, long delayMs, int permits) {}

    private record Past(long token, FenceReason how, long revision, boolean shared) {}

    private static final class Waiting {
        final ALock lock;
        final ASession session;
        final long owner;
        final long delayMs;
        long deadlineMs;
        int permits = -1;

        Waiting(ALock lock, ASession session, long owner, long delayMs, long deadlineMs) {
            this.lock = lock;
            this.session = session;
            this.owner = owner;
            this.delayMs = delayMs;
            this.deadlineMs = deadlineMs;
        }
    }

    static final class ALock {
        final String name;
        @Nullable Held held;

        /** In order of token. */
        final List<Held> shared = new ArrayList<>();

        final List<Waiting> queue = new ArrayList<>();
        final List<Past> past = new ArrayList<>();
        long newest;
        boolean hadAlone;
        long closedUntilMs;

        ALock(String name) {
            this.name = name;
        }

        long live() {
            return held == null ? 0 : held.token;
        }

        /** What evidence names. */
        long newestLive() {
            return shared.isEmpty() ? live() : shared.get(shared.size() - 1).token;
        }

        boolean isShared(long token) {
            return shared.stream().anyMatch(each -> each.token == token);
        }

        /** -1: not in use. */
        int permitsInUse() {
            if (held != null) {
                return 0;
            }
            if (!shared.isEmpty()) {
                return shared.get(0).permits;
            }
            return queue.isEmpty() ? -1 : Math.max(0, queue.get(0).permits);
        }

        boolean isOpenTo(int permits) {
            if (held != null || closedUntilMs != 0) {
                return false;
            }
            return permits < 0 ? shared.isEmpty() : permits == 0 || shared.size() < permits;
        }
    }

    record ARecord(
            String value,
            long created,
            long modified,
            long version,
            long stamp,
            long token,
            long owner) {}

    static final class AGuard {
        final Guard guard;
        long violations;

        AGuard(Guard guard) {
            this.guard = guard;
        }
    }

    private static final class AGate {
        final String lock;
        long mark;
        long revision;
        long refused;

        AGate(String lock) {
            this.lock = lock;
        }
    }

    private static final class Refusal {
        final long revision;
        final long session;
        final String key;
        final Objection objection;
        final boolean enforced;
        long repeats = 1;

        Refusal(long revision, long session, String key, Objection objection, boolean enforced) {
            this.revision = revision;
            this.session = session;
            this.key = key;
            this.objection = objection;
            this.enforced = enforced;
        }
    }

    record Objection(FenceReason reason, String lock, long shown, long live) {
        @Override
        public String toString() {
            return reason + "/" + lock + "/" + shown + "/" + live;
        }
    }

    private long revision;
    private long lastStamp;
    private long lastToken;
    private long lastSession;
    long leaseMs;
    private final Map<Setting, Long> settings = new EnumMap<>(Setting.class);
    private final List<ASession> sessions = new ArrayList<>();
    private final List<ASession> ended = new ArrayList<>();
    final List<ALock> locks = new ArrayList<>();

    /** Those that nothing needs, longest idle first. */
    final List<ALock> idle = new ArrayList<>();

    /** In the order in which they began to wait. */
    private final List<Waiting> waits = new ArrayList<>();

    final TreeMap<String, ARecord> records = new TreeMap<>();

    /** When keys end by time. */
    final TreeMap<String, Long> ends = new TreeMap<>();

    private final NaiveTransactions transactions = new NaiveTransactions(this);
    final TreeMap<String, AGuard> guards = new TreeMap<>();
    private final TreeMap<String, AGate> gates = new TreeMap<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final TreeMap<String, Member> members = new TreeMap<>();
    private int level = 1;
    private final TreeMap<String, MemberRole> roles = new TreeMap<>();
    private boolean formed;

    /** Sessions that the last command ended by time. */
    final List<ASession> expired = new ArrayList<>();

    /** Keys that the last command ended by time. */
    final List<String> endedKeys = new ArrayList<>();

    /** Locks that the last command has closed, and for how long. */
    final Map<String, Long> closed = new HashMap<>();

    /** Closed locks that the last command has opened. */
    final List<String> opened = new ArrayList<>();

    /** Of each revision that had some: what happened to locks, in order. */
    final TreeMap<Long, List<String>> lockEvents = new TreeMap<>();

    /** What was refused, by the revision that recorded it. */
    final TreeMap<Long, List<String>> rejectionEvents = new TreeMap<>();

    /** Ends of waits by the last command. */
    final List<String> notices = new ArrayList<>();

    /** Whether the last command changed anything that counts. */
    boolean changed;

    private long proposed;
    private boolean stamped;

    /** All records as one revision, and its stamp, left them. */
    record AMoment(long revision, long stamp, TreeMap<String, ARecord> records) {}

    /** In order: what the records have ever been. */
    private final List<AMoment> past = new ArrayList<>(List.of(new AMoment(0, 0, new TreeMap<>())));

    /** The records as of the last moment that is not later. */
    TreeMap<String, ARecord> recordsAt(long revision, long stamp) {
        AMoment found = past.get(0);
        for (AMoment each : past) {
            if (each.revision <= revision && each.stamp <= stamp) {
                found = each;
            }
        }
        return found.records;
    }

    /** What must come of the next command of the log. */
    String apply(long proposedStamp, Command command) {
        String outcome = applied(proposedStamp, command);
        if (!records.equals(past.get(past.size() - 1).records)) {
            past.add(new AMoment(revision, lastStamp, new TreeMap<>(records)));
        }
        return outcome;
    }

    private String applied(long proposedStamp, Command command) {
        proposed = proposedStamp;
        changed = false;
        stamped = false;
        expired.clear();
        endedKeys.clear();
        closed.clear();
        opened.clear();
        notices.clear();
        return command.id().isNone() ? decide(null, command) : once(command.id(), command);
    }

    private String once(RequestId id, Command command) {
        ASession session = find(id.session().value());
        if (session == null) {
            return said("SESSION_EXPIRED", "gone");
        }
        session.floor = Math.max(session.floor, id.floor());
        session.outcomes.keySet().removeIf(sequence -> sequence < session.floor);
        if (id.sequence() < session.floor) {
            return said("DUPLICATE", "");
        }
        BytesOut bytes = new BytesOut(64);
        bytes.putByte(command.kind().code());
        CommandCodec.encodeFields(command, bytes);
        ByteBuffer fields = ByteBuffer.wrap(bytes.toByteArray());
        Done done = session.outcomes.get(id.sequence());
        if (done != null) {
            return done.command.equals(fields)
                    ? done.outcome
                    : said("INVALID_ARGUMENT", "SEQUENCE_REUSED/" + id.sequence());
        }
        if (!session.live) {
            return said("SESSION_EXPIRED", "kept");
        }
        if (id.sequence() >= session.floor + 4096) {
            return said("TOO_MANY_IN_FLIGHT", "");
        }
        forgetEnded();
        String outcome = decide(session, command);
        boolean gone = command.kind() == Command.Kind.TRANSACT && transactions.tooLargeToKeep();
        session.outcomes.put(
                id.sequence(), new Done(fields, gone ? withoutResult(outcome) : outcome));
        return outcome;
    }

    private static String withoutResult(String outcome) {
        String[] words = outcome.split(" ", 4);
        return words[0] + " " + words[1] + " " + words[2] + " result gone";
    }

    private String decide(@Nullable ASession session, Command command) {
        return switch (command.kind()) {
            case PUT -> put(session, (Command.Put) command);
            case DELETE -> delete(session, (Command.Delete) command);
            case OPEN_SESSION -> open((Command.OpenSession) command);
            case CLOSE_SESSION -> {
                TreeSet<String> freed = new TreeSet<>();
                end(session, FenceReason.RELEASED, freed);
                handOver(freed);
                yield said("OK", "");
            }
            case INCREMENT -> increment(session, (Command.Increment) command);
            case APPEND -> append(session, (Command.Append) command);
            case TRANSACT -> transactions.transact(session, (Command.Transact) command);
            case ACQUIRE -> acquire(session, (Command.Acquire) command);
            case RELEASE -> release(session, (Command.Release) command);
            case CANCEL_WAIT -> cancel(session, (Command.CancelWait) command);
            case REVOKE -> revoke((Command.Revoke) command);
            case SET_GUARD -> setGuard((Command.SetGuard) command);
            case REMOVE_GUARD -> {
                String prefix = ((Command.RemoveGuard) command).prefix().toString();
                AGuard removed = guards.remove(prefix);
                if (removed == null) {
                    yield said("NOT_FOUND", "");
                }
                change();
                touch(lock(removed.guard.lock().value()));
                yield said("OK", "");
            }
            case ACQUIRE_SHARED -> {
                Command.AcquireShared acquire = (Command.AcquireShared) command;
                yield acquire(
                        session,
                        acquire.lock().value(),
                        acquire.owner(),
                        acquire.waitMs(),
                        0,
                        acquire.permits());
            }
            case RECLAIM -> reclaim(session, (Command.Reclaim) command);
            case ADMIT -> admit(session, (Command.Admit) command);
            case REMOVE_GATE -> {
                AGate removed = gates.remove(((Command.RemoveGate) command).resource().value());
                if (removed == null) {
                    yield said("NOT_FOUND", "");
                }
                change();
                touch(lock(removed.lock));
                yield said("OK", "");
            }
            case CHANGE_SETTING -> {
                Command.ChangeSetting change = (Command.ChangeSetting) command;
                change();
                settings.put(change.setting(), change.value());
                yield said("OK", "");
            }
            case TICK -> tick((Command.Tick) command);
            case RAISE_LEVEL -> {
                if (((Command.RaiseLevel) command).level() > level) {
                    change();
                    level = ((Command.RaiseLevel) command).level();
                }
                yield said("OK", "");
            }
            case FORM_CLUSTER -> {
                if (formed) {
                    yield said("CONDITION_FAILED", "");
                }
                formed = true;
                change();
                ((Command.FormCluster) command)
                        .members()
                        .forEach(member -> seat(member, MemberRole.VOTER));
                yield said("OK", "");
            }
            case BIND_MEMBER -> bind(((Command.BindMember) command).member());
            case PLACE_MEMBER -> place((Command.PlaceMember) command);
            case FORGET_MEMBER -> {
                Member gone = ((Command.ForgetMember) command).member();
                if (nodeAt(gone.peerAddress()) != gone.nodeId()) {
                    yield said("NOT_FOUND", "");
                }
                if (roles.get(gone.peerAddress()) != MemberRole.NONE) {
                    yield said("CONDITION_FAILED", "");
                }
                change();
                members.remove(gone.peerAddress());
                roles.remove(gone.peerAddress());
                yield said("OK", "");
            }
        };
    }

    // Records

    private String put(@Nullable ASession session, Command.Put put) {
        String refused = fence(session, put.fences(), put.key().toString());
        if (refused != null) {
            return refused;
        }
        String key = put.key().toString();
        ARecord before = records.get(key);
        long actual = before == null ? 0 : before.modified;
        if (put.ifRevision() >= 0 && put.ifRevision() != actual) {
            return said("CONDITION_FAILED", Long.toString(actual));
        }
        change();
        long token = put.fences().isEmpty() ? 0 : put.fences().get(0).token().value();
        long owner = put.ephemeral() ? session.id : 0;
        records.put(key, recordAfter(before, put.value().toUtf8(), token, owner));
        ends.remove(key);
        return said("OK", "");
    }

    /** What this command makes of a record. */
    ARecord recordAfter(@Nullable ARecord before, String value, long token, long owner) {
        return new ARecord(
                value,
                before == null ? revision : before.created,
                revision,
                before == null ? 1 : before.version + 1,
                lastStamp,
                token,
                owner);
    }

    /** How long a key lives on at least; 0 if it does not end by time. */
    long remaining(String key) {
        return ends.containsKey(key) ? Math.max(1, ends.get(key) - 200 - leaseMs) : 0;
    }

    private String increment(ASession session, Command.Increment increment) {
        String refused = fence(session, increment.fences(), increment.key().toString());
        if (refused != null) {
            return refused;
        }
        ARecord before = records.get(increment.key().toString());
        String old = before == null ? "0" : before.value;
        if (!isNumber(old)) {
            return said("CONDITION_FAILED", "NOT_A_NUMBER/0");
        }
        BigInteger sum = new BigInteger(old).add(BigInteger.valueOf(increment.delta()));
        if (!fitsLong(sum)) {
            return said("CONDITION_FAILED", "NUMBER_OVERFLOWS/0");
        }
        replace(increment.key().toString(), before, increment.fences(), sum.toString());
        return said("OK", sum.toString());
    }

    static boolean isNumber(String text) {
        return text.matches("0|-?[1-9][0-9]*") && fitsLong(new BigInteger(text));
    }

    private static boolean fitsLong(BigInteger number) {
        return number.bitLength() < Long.SIZE;
    }

    private String append(ASession session, Command.Append append) {
        String refused = fence(session, append.fences(), append.key().toString());
        if (refused != null) {
            return refused;
        }
        ARecord before = records.get(append.key().toString());
        String whole = (before == null ? "" : before.value) + append.value().toUtf8();
        replace(append.key().toString(), before, append.fences(), whole);
        return said("OK", Integer.toString(whole.length()));
    }

    private void replace(String key, @Nullable ARecord before, List<Fence> fences, String value) {
        change();
        long token = fences.isEmpty() ? 0 : fences.get(0).token().value();
        records.put(key, recordAfter(before, value, token, before == null ? 0 : before.owner));
    }

    private String delete(@Nullable ASession session, Command.Delete delete) {
        String refused = fence(session, delete.fences(), delete.key().toString());
        if (refused != null) {
            return refused;
        }
        String key = delete.key().toString();
        ARecord before = records.get(key);
        long actual = before == null ? 0 : before.modified;
        if (delete.ifRevision() >= 0 && delete.ifRevision() != actual) {
            return said("CONDITION_FAILED", Long.toString(actual));
        }
        if (before == null) {
            return said("NOT_FOUND", "");
        }
        change();
        records.remove(key);
        ends.remove(key);
        return said("OK", "");
    }

    // Fences

    private @Nullable String fence(@Nullable ASession session, List<Fence> fences, String key) {
        List<AGuard> covering = new ArrayList<>();
        for (AGuard guard : guards.descendingMap().values()) {
            if (key.startsWith(guard.guard.prefix().toString())) {
                covering.add(guard);
            }
        }
        return fence(session, fences, covering, lock -> true, objection -> key);
    }

    @Nullable String fence(
            @Nullable ASession session,
            List<Fence> fences,
            List<AGuard> covering,
            Predicate<LockName> coverAll,
            Function<Objection, String> keyOf) {
        List<Objection> enforced = new ArrayList<>();
        List<Objection> observed = new ArrayList<>();
        for (Fence fence : fences) {
            boolean monotone = false;
            boolean strict = false;
            for (AGuard guard : covering) {
                if (guard.guard.mode() == GuardMode.ENFORCE
                        && guard.guard.lock().equals(fence.lock())) {
                    monotone |= guard.guard.rule() == GuardRule.MONOTONE;
                    strict |= guard.guard.rule() == GuardRule.STRICT;
                }
            }
            boolean lenient = monotone && !strict && coverAll.test(fence.lock());
            if (!passes(fence, lenient)) {
                enforced.add(objection(fence));
            }
        }
        for (AGuard guard : covering) {
            Fence shown = null;
            for (Fence fence : fences) {
                if (shown == null && fence.lock().equals(guard.guard.lock())) {
                    shown = fence;
                }
            }
            boolean enforces = guard.guard.mode() == GuardMode.ENFORCE;
            if (shown == null) {
                guard.violations++;
                String name = guard.guard.lock().value();
                (enforces ? enforced : observed)
                        .add(
                                new Objection(
                                        FenceReason.FENCE_REQUIRED,
                                        name,
                                        0,
                                        lock(name).newestLive()));
            } else if (lock(shown.lock().value()).isShared(shown.token().value())) {
                guard.violations++;
                ALock lock = lock(shown.lock().value());
                (enforces ? enforced : observed)
                        .add(
                                new Objection(
                                        FenceReason.FENCE_REQUIRED,
                                        lock.name,
                                        shown.token().value(),
                                        lock.newestLive()));
            } else if (!passes(shown, guard.guard.rule() == GuardRule.MONOTONE)) {
                guard.violations++;
                if (!enforces) {
                    observed.add(objection(shown));
                }
            }
        }
        if (!enforced.isEmpty()) {
            remember(session, keyOf.apply(enforced.get(0)), enforced.get(0), true);
            return said("FENCED", enforced.toString());
        }
        if (!observed.isEmpty()) {
            remember(session, keyOf.apply(observed.get(0)), observed.get(0), false);
        }
        return null;
    }

    private boolean passes(Fence fence, boolean lenient) {
        ALock lock = lock(fence.lock().value());
        long token = fence.token().value();
        if (lock == null) {
            return false;
        }
        if (lock.live() == token || lock.isShared(token)) {
            return true;
        }
        boolean revoked =
                lock.past.stream()
                        .anyMatch(
                                past ->
                                        past.token == token
                                                && (past.how == FenceReason.REVOKED
                                                        || past.shared));
        return lenient && lock.newest == token && !revoked;
    }

    private Objection objection(Fence fence) {
        ALock lock = lock(fence.lock().value());
        long token = fence.token().value();
        FenceReason reason = FenceReason.UNKNOWN_TOKEN;
        for (ALock other : locks) {
            if (other != lock
                    && (other.live() == token
                            || other.isShared(token)
                            || other.past.stream().anyMatch(past -> past.token == token))) {
                reason = FenceReason.WRONG_LOCK;
            }
        }
        if (lock != null) {
            for (Past past : lock.past) {
                if (past.token == token) {
                    reason = lock.newest == token ? past.how : FenceReason.SUPERSEDED;
                }
            }
        }
        return new Objection(
                reason, fence.lock().value(), token, lock == null ? 0 : lock.newestLive());
    }

    private void remember(
            @Nullable ASession session, String key, Objection objection, boolean enforced) {
        long by = session == null ? 0 : session.id;
        for (Refusal known : refusals) {
            if (known.session == by
                    && known.objection.lock.equals(objection.lock)
                    && known.objection.shown == objection.shown
                    && known.enforced == enforced) {
                known.repeats++;
                return;
            }
        }
        revise();
        while (refusals.size() >= setting(Setting.REJECTIONS_MAX)) {
            refusals.remove(0);
        }
        refusals.add(new Refusal(revision, by, key, objection, enforced));
        rejectionEvents.put(revision, List.of(words(enforced, revision, by, key, objection)));
    }

    private String admit(@Nullable ASession session, Command.Admit admit) {
        String resource = admit.resource().value();
        AGate gate = gates.get(resource);
        Objection objection = objection(gate, admit);
        if (objection != null) {
            if (gate != null) {
                gate.refused++;
            }
            remember(session, "", objection, true);
            return said("FENCED", List.of(objection).toString());
        }
        if (gate == null) {
            if (gates.size() >= setting(Setting.GATES_MAX)) {
                return said("QUOTA_EXCEEDED", "GATES/" + setting(Setting.GATES_MAX));
            }
            gate = new AGate(admit.lock().value());
            gates.put(resource, gate);
            touch(lock(gate.lock));
        }
        if (admit.token().value() > gate.mark) {
            change();
            gate.mark = admit.token().value();
            gate.revision = revision;
        }
        return said("OK", "");
    }

    private @Nullable Objection objection(@Nullable AGate gate, Command.Admit admit) {
        if (gate != null && !gate.lock.equals(admit.lock().value())) {
            return new Objection(
                    FenceReason.WRONG_LOCK,
                    gate.lock,
                    admit.token().value(),
                    lock(gate.lock).newestLive());
        }
        Fence fence = new Fence(admit.lock(), admit.token());
        ALock lock = lock(admit.lock().value());
        if (lock != null && lock.isShared(admit.token().value())) {
            return new Objection(
                    FenceReason.FENCE_REQUIRED,
                    lock.name,
                    admit.token().value(),
                    lock.newestLive());
        }
        boolean good = lock != null && lock.live() == admit.token().value();
        if (lock != null) {
            for (Past past : lock.past) {
                good |=
                        past.token == admit.token().value()
                                && past.how != FenceReason.REVOKED
                                && !past.shared
                                && (gate == null || past.token >= gate.mark);
            }
        }
        return good ? null : objection(fence);
    }

    private String setGuard(Command.SetGuard set) {
        String name = set.guard().lock().value();
        ALock known = lock(name);
        boolean neverAlone = known == null || !known.hadAlone;
        if (set.guard().mode() == GuardMode.ENFORCE && neverAlone && !set.force()) {
            return said("CONDITION_FAILED", "LOCK_NEVER_GRANTED/0");
        }
        ALock lock = obtain(name);
        if (lock == null) {
            return said("QUOTA_EXCEEDED", "LOCKS/" + setting(Setting.LOCKS_MAX));
        }
        change();
        AGuard before = guards.put(set.guard().prefix().toString(), new AGuard(set.guard()));
        touch(lock);
        if (before != null) {
            touch(lock(before.guard.lock().value()));
        }
        return said("OK", "");
    }

    // Sessions and time

    private String open(Command.OpenSession open) {
        for (ASession session : sessions) {
            if (session.nonce.equals(open.nonce())) {
                return session.live ? opened(session) : said("SESSION_EXPIRED", "kept");
            }
        }
        change();
        lastSession++;
        ASession session = new ASession(lastSession, open);
        session.deadlineMs = leaseMs + session.ttlMs + 200;
        sessions.add(session);
        return opened(session);
    }

    private String opened(ASession session) {
        return said("OK", session.id + "/" + session.ttlMs);
    }

    private String tick(Command.Tick tick) {
        leaseMs += Math.min(200, tick.elapsedMs());
        for (SessionId id : tick.renewals()) {
            ASession session = find(id.value());
            if (session != null && session.live) {
                session.deadlineMs = leaseMs + session.ttlMs + 200;
            }
        }
        TreeSet<String> freed = new TreeSet<>();
        List<ASession> due = new ArrayList<>(sessions);
        due.removeIf(session -> !session.live || session.deadlineMs > leaseMs);
        due.sort(
                Comparator.<ASession>comparingLong(session -> session.deadlineMs)
                        .thenComparing(session -> session.id));
        for (ASession session : due) {
            end(session, FenceReason.EXPIRED, freed);
            expired.add(session);
        }
        endedKeys.addAll(ends.keySet());
        endedKeys.removeIf(key -> ends.get(key) > leaseMs);
        for (String key : endedKeys) {
            change();
            records.remove(key);
            ends.remove(key);
        }
        List<Waiting> over = new ArrayList<>(waits);
        over.removeIf(wait -> wait.deadlineMs > leaseMs);
        over.sort(Comparator.comparingLong(wait -> wait.deadlineMs));
        for (Waiting wait : over) {
            change();
            endWait(wait, "LOCK_BUSY", 0);
            freed.add(wait.lock.name);
        }
        List<ALock> opening = new ArrayList<>(locks);
        opening.removeIf(lock -> lock.closedUntilMs == 0 || lock.closedUntilMs > leaseMs);
        opening.sort(
                Comparator.<ALock>comparingLong(lock -> lock.closedUntilMs)
                        .thenComparing(lock -> lock.name));
        for (ALock lock : opening) {
            lock.closedUntilMs = 0;
            opened.add(lock.name);
            touch(lock);
            freed.add(lock.name);
        }
        handOver(freed);
        forgetEnded();
        return said("OK", "");
    }

    private void end(ASession session, FenceReason how, Set<String> freed) {
        change();
        records.values().removeIf(record -> record.owner == session.id);
        ends.keySet().retainAll(records.keySet());
        List<Waiting> mine = new ArrayList<>(waits);
        mine.removeIf(wait -> wait.session != session);
        mine.sort(
                Comparator.<Waiting, String>comparing(wait -> wait.lock.name)
                        .thenComparing(wait -> wait.owner));
        for (Waiting wait : mine) {
            endWait(wait, "SESSION_EXPIRED", 0);
            freed.add(wait.lock.name);
        }
        TreeMap<Long, ALock> holding = new TreeMap<>();
        for (ALock lock : locks) {
            if (lock.held != null && lock.held.session == session) {
                holding.put(lock.held.token, lock);
            }
            for (Held shared : lock.shared) {
                if (shared.session == session) {
                    holding.put(shared.token, lock);
                }
            }
        }
        holding.forEach(
                (token, lock) -> {
                    endGrant(lock, token, how);
                    freed.add(lock.name);
                });
        session.live = false;
        ended.add(session);
    }

    private void forgetEnded() {
        while (ended.size() > setting(Setting.ENDED_SESSIONS_MAX)) {
            sessions.remove(ended.remove(0));
        }
    }

    private @Nullable ASession find(long id) {
        for (ASession session : sessions) {
            if (session.id == id) {
                return session;
            }
        }
        return null;
    }

    // Locks

    private String acquire(ASession session, Command.Acquire acquire) {
        return acquire(
                session,
                acquire.lock().value(),
                acquire.owner(),
                acquire.waitMs(),
                acquire.lockDelayMs(),
                -1);
    }

    /** {@code permits}: -1 to have it alone. */
    private String acquire(
            ASession session, String name, long owner, long waitMs, long delayMs, int permits) {
        ALock lock = lock(name);
        if (lock != null) {
            List<Held> all = new ArrayList<>(lock.shared);
            if (lock.held != null) {
                all.add(lock.held);
            }
            for (Held each : all) {
                if (each.session == session && each.owner == owner) {
                    return each.permits == permits
                            ? each.done
                            : said("CONDITION_FAILED", "OTHER_USE/0");
                }
            }
        }
        for (Waiting wait : waits) {
            if (wait.lock == lock && wait.session == session && wait.owner == owner) {
                if (wait.permits != permits) {
                    return said("CONDITION_FAILED", "OTHER_USE/0");
                }
                wait.deadlineMs = Math.max(wait.deadlineMs, leaseMs + waitMs + 200);
                return said("QUEUED", "");
            }
        }
        int inUse = lock == null ? -1 : lock.permitsInUse();
        if (inUse >= 0 && inUse != Math.max(0, permits)) {
            return said("CONDITION_FAILED", "OTHER_PERMITS/" + inUse);
        }
        long sharing = waits.stream().filter(wait -> wait.permits >= 0).count();
        for (ALock each : locks) {
            sharing += each.shared.size();
        }
        if (permits >= 0 && sharing >= setting(Setting.SHARED_GRANTS_MAX)) {
            return said("QUOTA_EXCEEDED", "SHARED_GRANTS/" + setting(Setting.SHARED_GRANTS_MAX));
        }
        lock = obtain(name);
        if (lock == null) {
            return said("QUOTA_EXCEEDED", "LOCKS/" + setting(Setting.LOCKS_MAX));
        }
        if (lock.queue.isEmpty() && lock.isOpenTo(permits)) {
            return grant(lock, session, owner, delayMs, permits).done;
        }
        if (waitMs == 0) {
            return said("LOCK_BUSY", "");
        }
        change();
        Waiting wait = new Waiting(lock, session, owner, delayMs, leaseMs + waitMs + 200);
        wait.permits = permits;
        waits.add(wait);
        lock.queue.add(wait);
        touch(lock);
        happened("QUEUED", lock, 0, session, owner, permits, 0);
        return said("QUEUED", "");
    }

    static boolean holds(ALock lock, ASession session, long owner) {
        return lock.held != null && lock.held.session == session && lock.held.owner == owner;
    }

    private String release(ASession session, Command.Release release) {
        Fence fence = release.fences().get(0);
        if (!passes(fence, false)) {
            remember(session, "", objection(fence), true);
            return said("FENCED", List.of(objection(fence)).toString());
        }
        ALock lock = lock(release.lock().value());
        Held given = lock.held;
        for (Held shared : lock.shared) {
            if (shared.token == release.token().value()) {
                given = shared;
            }
        }
        if (given.session != session) {
            return said("INVALID_ARGUMENT", "OTHER_SESSIONS_GRANT/" + fence.token());
        }
        change();
        endGrant(lock, release.token().value(), FenceReason.RELEASED);
        handOver(Set.of(lock.name));
        return said("OK", "");
    }

    private String reclaim(ASession session, Command.Reclaim reclaim) {
        ALock lock = lock(reclaim.lock().value());
        long token = reclaim.token().value();
        boolean mine = lock != null && holds(lock, session, reclaim.owner());
        Past last =
                lock == null || lock.past.isEmpty() ? null : lock.past.get(lock.past.size() - 1);
        boolean justBefore =
                last != null
                        && last.token == token
                        && !last.shared
                        && last.how != FenceReason.REVOKED;
        if (mine && (lock.live() == token || justBefore)) {
            return lock.held.done;
        }
        Fence fence = new Fence(reclaim.lock(), reclaim.token());
        boolean known =
                lock != null
                        && (lock.live() == token
                                || lock.isShared(token)
                                || lock.past.stream().anyMatch(past -> past.token == token));
        if (!known || !passes(fence, true)) {
            return said("FENCED", List.of(objection(fence)).toString());
        }
        for (Waiting wait : waits) {
            if (wait.lock == lock && wait.session == session && wait.owner == reclaim.owner()) {
                return said("LOCK_BUSY", "");
            }
        }
        return acquire(
                session,
                new Command.Acquire(
                        reclaim.id(), reclaim.lock(), reclaim.owner(), 0, reclaim.lockDelayMs()));
    }

    private String cancel(ASession session, Command.CancelWait cancel) {
        for (Waiting wait : waits) {
            if (wait.lock.name.equals(cancel.lock().value())
                    && wait.session == session
                    && wait.owner == cancel.owner()) {
                change();
                endWait(wait, "NOT_FOUND", 0);
                return said("OK", "");
            }
        }
        ALock lock = lock(cancel.lock().value());
        if (lock != null) {
            for (Held shared : lock.shared) {
                if (shared.session == session && shared.owner == cancel.owner()) {
                    return shared.done;
                }
            }
        }
        return lock != null && holds(lock, session, cancel.owner())
                ? lock.held.done
                : said("NOT_FOUND", "");
    }

    private String revoke(Command.Revoke revoke) {
        ALock lock = lock(revoke.lock().value());
        if (lock == null || lock.newestLive() == 0) {
            return said("NOT_FOUND", "");
        }
        long token = revoke.token().isNone() ? lock.newestLive() : revoke.token().value();
        if (lock.live() != token && !lock.isShared(token)) {
            return said("CONDITION_FAILED", "OTHER_TOKEN_IS_LIVE/" + lock.newestLive());
        }
        if (revoke.token().isNone() && lock.shared.size() > 1) {
            return said("CONDITION_FAILED", "SEVERAL_HOLDERS/" + lock.shared.size());
        }
        change();
        endGrant(lock, token, FenceReason.REVOKED);
        handOver(Set.of(lock.name));
        return said("OK", "");
    }

    void grant(ALock lock, ASession session, long owner, long delayMs) {
        grant(lock, session, owner, delayMs, -1);
    }

    private Held grant(ALock lock, ASession session, long owner, long delayMs, int permits) {
        change();
        lastToken++;
        String done = said("OK", Long.toString(lastToken));
        Held held = new Held(lastToken, session, owner, done, delayMs, permits);
        if (permits < 0) {
            lock.held = held;
            lock.hadAlone = true;
        } else {
            lock.shared.add(held);
        }
        lock.newest = lastToken;
        touch(lock);
        happened("GRANTED", lock, lastToken, session, owner, permits, 0);
        return held;
    }

    private void endGrant(ALock lock, long token, FenceReason how) {
        Held held = lock.held;
        for (Held shared : lock.shared) {
            if (shared.token == token) {
                held = shared;
            }
        }
        boolean wasShared = lock.shared.remove(held);
        if (!wasShared) {
            lock.held = null;
        }
        lock.past.add(new Past(held.token, how, revision, wasShared));
        while (lock.past.size() > setting(Setting.ENDED_GRANTS_PER_LOCK)) {
            lock.past.remove(0);
        }
        if (how == FenceReason.EXPIRED && held.delayMs > 0) {
            lock.closedUntilMs = leaseMs + held.delayMs;
            closed.put(lock.name, held.delayMs);
        }
        touch(lock);
        long delayMs = how == FenceReason.EXPIRED ? held.delayMs : 0;
        happened(how.name(), lock, token, held.session, held.owner, held.permits, delayMs);
    }

    private void happened(
            String what,
            ALock lock,
            long token,
            ASession session,
            long owner,
            int permits,
            long delayMs) {
        lockEvents
                .computeIfAbsent(revision, unused -> new ArrayList<>())
                .add(
                        words(
                                what,
                                revision,
                                lastStamp,
                                lock.name,
                                token,
                                session.id,
                                owner,
                                session.label,
                                permits,
                                delayMs));
    }

    /** An event as text. */
    static String words(Object... words) {
        StringJoiner text = new StringJoiner(" ");
        for (Object word : words) {
            text.add(word.toString());
        }
        return text.toString();
    }

    private void endWait(Waiting wait, String how, long token) {
        waits.remove(wait);
        wait.lock.queue.remove(wait);
        notices.add(wait.session.id + "/" + wait.owner + "/" + wait.lock.name + how + token);
        touch(wait.lock);
        if (token == 0) {
            happened("LEFT_QUEUE", wait.lock, 0, wait.session, wait.owner, wait.permits, 0);
        }
    }

    private void handOver(Set<String> freed) {
        for (String name : freed) {
            ALock lock = lock(name);
            while (!lock.queue.isEmpty() && lock.isOpenTo(lock.queue.get(0).permits)) {
                Waiting first = lock.queue.get(0);
                Held held = grant(lock, first.session, first.owner, first.delayMs, first.permits);
                endWait(first, "OK", held.token);
            }
        }
    }

    @Nullable ALock lock(String name) {
        for (ALock lock : locks) {
            if (lock.name.equals(name)) {
                return lock;
            }
        }
        return null;
    }

    @Nullable ALock obtain(String name) {
        ALock known = lock(name);
        if (known != null) {
            return known;
        }
        if (locks.size() - idle.size() >= setting(Setting.LOCKS_MAX)) {
            return null;
        }
        while (locks.size() >= setting(Setting.LOCKS_MAX)) {
            locks.remove(idle.remove(0));
        }
        ALock lock = new ALock(name);
        locks.add(lock);
        touch(lock);
        return lock;
    }

    private void touch(ALock lock) {
        boolean guarded =
                guards.values().stream()
                        .anyMatch(guard -> guard.guard.lock().value().equals(lock.name));
        boolean gated = gates.values().stream().anyMatch(gate -> gate.lock.equals(lock.name));
        boolean needed =
                lock.held != null
                        || !lock.shared.isEmpty()
                        || !lock.queue.isEmpty()
                        || lock.closedUntilMs != 0
                        || guarded
                        || gated;
        if (needed) {
            idle.remove(lock);
        } else if (!idle.contains(lock)) {
            idle.add(lock);
        }
    }

    // The rest

    private String bind(Member member) {
        Member before = members.get(member.peerAddress());
        if (before != null && before.nodeId() != member.nodeId()) {
            return said("CONDITION_FAILED", "ADDRESS_TAKEN/" + before.nodeId());
        }
        if (!member.equals(before)) {
            change();
            seat(member, roles.getOrDefault(member.peerAddress(), MemberRole.VOTER));
        }
        return said("OK", "");
    }

    private void seat(Member member, MemberRole role) {
        members.put(member.peerAddress(), member);
        roles.put(member.peerAddress(), role);
    }

    private long nodeAt(String address) {
        Member member = members.get(address);
        return member == null ? 0 : member.nodeId();
    }

    private String place(Command.PlaceMember place) {
        Member node = place.member();
        String address = node.peerAddress();
        long there = nodeAt(address);
        if (there != node.nodeId()) {
            if (place.role() == MemberRole.NONE) {
                return said("NOT_FOUND", "");
            }
            if (there != 0) {
                return said("CONDITION_FAILED", "ADDRESS_TAKEN/" + there);
            }
            if (members.values().stream().anyMatch(each -> each.nodeId() == node.nodeId())) {
                return said("CONDITION_FAILED", "NODE_ELSEWHERE/" + node.nodeId());
            }
            change();
            seat(node, place.role());
            return said("OK", "");
        }
        MemberRole role = roles.get(address);
        if (role == place.role()) {
            return said("OK", "");
        }
        if (role == MemberRole.NONE) {
            return said("CONDITION_FAILED", "MEMBER_LEAVES/" + node.nodeId());
        }
        boolean lastVoter =
                role == MemberRole.VOTER
                        && roles.values().stream().filter(MemberRole.VOTER::equals).count() == 1;
        if (lastVoter) {
            return said("CONDITION_FAILED", "LAST_VOTER/0");
        }
        change();
        roles.put(address, place.role());
        return said("OK", "");
    }

    long setting(Setting setting) {
        return settings.getOrDefault(setting, setting.initial());
    }

    private void revise() {
        if (!changed) {
            changed = true;
            revision++;
        }
    }

    void change() {
        revise();
        if (!stamped) {
            stamped = true;
            lastStamp = Math.max(lastStamp + 1, proposed);
        }
    }

    String said(String status, String detail) {
        return status + " r" + revision + " s" + lastStamp + " " + detail;
    }

    /** Everything that a reader could see, to be compared with the state machine's. */
    String describe() {
        StringBuilder text = new StringBuilder();
        text.append(revision).append(' ').append(lastStamp).append(' ').append(leaseMs);
        records.forEach((key, record) -> text.append('\n').append(key).append(' ').append(record));
        ends.keySet().forEach(key -> text.append('\n').append(key).append(remaining(key)));
        List<ALock> byName = new ArrayList<>(locks);
        byName.sort(Comparator.comparing(lock -> lock.name));
        for (ALock lock : byName) {
            text.append('\n').append(lock.name).append(' ').append(lock.newestLive()).append('/');
            text.append(lock.newest).append('/');
            text.append(Math.max(0, lock.closedUntilMs - leaseMs));
            for (Waiting wait : lock.queue) {
                text.append(' ').append(wait.session.id).append(':').append(wait.owner);
                text.append(':').append(Math.max(0, wait.deadlineMs - leaseMs));
            }
            for (Past past : lock.past) {
                text.append(' ').append(past.token).append(past.how).append(past.revision);
            }
        }
        for (ASession session : sessions) {
            if (session.live) {
                text.append('\n').append(session.id).append(' ');
                text.append(Math.max(0, session.deadlineMs - leaseMs));
            }
        }
        guards.forEach(
                (prefix, guard) ->
                        text.append('\n').append(prefix).append(' ').append(guard.violations));
        gates.forEach(
                (resource, gate) -> {
                    text.append("\ngate ").append(resource).append(' ').append(gate.lock);
                    text.append(' ').append(gate.mark).append(" @").append(gate.revision);
                    text.append(" x").append(gate.refused);
                });
        for (Refusal refusal : refusals) {
            text.append('\n').append(refusal.revision).append(' ').append(refusal.session);
            text.append(' ').append(refusal.key).append(' ').append(refusal.objection);
            text.append(' ').append(refusal.enforced).append(" x").append(refusal.repeats);
        }
        members.forEach(
                (address, member) ->
                        text.append('\n').append(member).append(' ').append(roles.get(address)));
        return text.toString();
    }
}
