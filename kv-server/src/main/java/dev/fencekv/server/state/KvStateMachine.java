package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.NewerFormatException;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.PlacedMember;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state machine: a function of the log with one writer. The same log gives the same
 * bytes on every node.
 *
 * <p>The order in which a command is judged (DESIGN section 3) is what makes retries safe: dedup
 * before fence, because a write that was applied must not look fenced to its retry; fence before
 * conditions, because a zombie must learn that it is one.
 *
 * <p>Owned by the thread that applies the log. It has no locks: readers and walks come in through
 * its owner.
 */
public final class KvStateMachine implements AutoCloseable {
    /** The feature level of a new cluster. */
    public static final int FEATURE_LEVEL_MIN = 1;

    /** The highest feature level that this release can do. */
    public static final int FEATURE_LEVEL_MAX = 2;

    /** From this level on members can be added and removed at run time. */
    public static final int FEATURE_LEVEL_MEMBERS = 2;

    /** From this level on there are gates before resources outside the store. */
    public static final int FEATURE_LEVEL_GATES = 2;

    /** From this level on locks can be reclaimed. */
    public static final int FEATURE_LEVEL_RECLAIM = 2;

    /** From this level on several may hold a lock: readers, and holders of permits. */
    public static final int FEATURE_LEVEL_SHARED_LOCKS = 2;

    /** From this level on values can be counted with and appended to. */
    public static final int FEATURE_LEVEL_NUMBERS = 2;

    /** From this level on there are transactions, and keys that end by time. */
    public static final int FEATURE_LEVEL_TRANSACTIONS = 2;

    /** From this level on it can be set how far history goes back. */
    public static final int FEATURE_LEVEL_HISTORY = 2;

    final Counters counters;
    final Ledger ledger = new Ledger();
    final Settings settings;
    final Members members;
    final Sessions sessions;
    final Locks locks;
    final Guards guards;
    final Gates gates;
    final Rejections rejections;
    final Expiries expiries;
    final History history;
    final Records records;
    final FencingRules fencing;

    private final Change change;
    private final Answers answers;
    private final RecordCommands recordCommands;
    private final LockCommands lockCommands;
    private final GuardCommands guardCommands;
    private final GateCommands gateCommands;
    private final ReclaimCommands reclaimCommands;
    private final MemberCommands memberCommands;
    private final TransactionCommands transactionCommands;
    private final LeaseTime leaseTime;
    private final StateView view;
    private final BytesOut scratch = new BytesOut(1024);

    /** An empty state, as before the first entry of a log. */
    public KvStateMachine(KvStore.Factory stores) {
        this(stores, new Counters(), Setting.STORE_QUOTA_BYTES.initial());
    }

    KvStateMachine(KvStore.Factory stores, Counters counters, long capacityBytes) {
        this.counters = counters;
        this.change = new Change(counters);
        this.answers = new Answers(counters);
        this.settings = new Settings(ledger);
        this.members = new Members(ledger);
        this.sessions = new Sessions(counters, settings, ledger);
        this.history =
                new History(
                        counters,
                        new RingMemory(),
                        settings.get(Setting.HISTORY_BYTES),
                        settings.get(Setting.HISTORY_REVISIONS));
        this.locks =
                new Locks(
                        counters,
                        settings,
                        sessions,
                        ledger,
                        change,
                        new LockEvents(history, change));
        this.guards = new Guards(ledger);
        this.gates = new Gates(locks, ledger);
        this.rejections = new Rejections(settings, ledger);
        this.expiries = new Expiries(counters, ledger);
        this.records =
                new Records(
                        stores,
                        settings,
                        ledger,
                        history,
                        expiries,
                        capacityBytes,
                        counters.hashSeed);
        this.fencing = new FencingRules(locks);
        this.recordCommands =
                new RecordCommands(records, sessions, settings, expiries, change, answers);
        this.lockCommands = new LockCommands(locks, settings, change, answers);
        this.guardCommands = new GuardCommands(guards, locks, settings, change, answers);
        this.reclaimCommands = new ReclaimCommands(locks, fencing, lockCommands, answers);
        this.gateCommands = new GateCommands(gates, fencing, settings, change, answers);
        this.memberCommands = new MemberCommands(members, change, answers);
        this.transactionCommands =
                new TransactionCommands(
                        recordCommands, records, expiries, locks, settings, change, answers);
        this.leaseTime = new LeaseTime(counters, sessions, locks, records, expiries, change);
        this.view = new StateView(this);
    }

    /**
     * Builds a state from a snapshot. Throws CorruptBytesException, NewerFormatException or
     * IOException, and then leaves nothing behind.
     */
    public static KvStateMachine load(InputStream stream, KvStore.Factory stores)
            throws IOException {
        return SnapshotLoad.load(stream, stores);
    }

    /**
     * Applies one command of the log. Never throws for what a client can send; whatever it throws
     * means that this replica must stop.
     *
     * @param index of the entry in the log, for messages
     * @param ordinal of the command in its entry
     * @param proposed the stamp that the leader proposed for the entry
     */
    public Outcome apply(long index, int ordinal, HybridTimestamp proposed, Command command) {
        change.begin(proposed);
        RequestId id = command.id();
        return id.isNone() ? decide(null, command) : applyOnce(id, command);
    }

    /** Steps 1, 2 and 6: the same sequence number of a session has one outcome for ever. */
    private Outcome applyOnce(RequestId id, Command command) {
        Session session = sessions.find(id.session());
        if (session == null) {
            return answers.sessionExpired(true);
        }
        sessions.raiseFloor(session, id.floor());
        if (id.sequence() < session.floor) {
            return answers.plain(Status.DUPLICATE);
        }
        long commandHash = hash(command);
        RememberedOutcome known = session.outcomes.get(id.sequence());
        if (known != null) {
            return known.commandHash == commandHash
                    ? known.outcome
                    : answers.refused(
                            Status.INVALID_ARGUMENT, RefusalReason.SEQUENCE_REUSED, id.sequence());
        }
        if (!session.isLive()) {
            return answers.sessionExpired(false);
        }
        if (id.sequence() - session.floor >= Limits.IN_FLIGHT_PER_SESSION_MAX
                || !sessions.hasRoomForOutcome()) {
            return answers.plain(Status.TOO_MANY_IN_FLIGHT);
        }
        Outcome outcome = decide(session, command);
        sessions.remember(session, id.sequence(), commandHash, outcome);
        return outcome;
    }

    private long hash(Command command) {
        scratch.clear();
        CommandCodec.encodeFields(command, scratch);
        return Hash64.of(command.kind().code(), scratch.array(), scratch.length());
    }

    /**
     * Steps 3 to 5. {@code session} is null for a command without one. Small, so that the compiler
     * inlines it where entries are applied: up to 325 bytes of code.
     */
    private Outcome decide(@Nullable Session session, Command command) {
        return switch (command.kind()) {
            case PUT -> put(session, (Command.Put) command);
            case DELETE -> delete(session, (Command.Delete) command);
            case INCREMENT -> increment(needed(session), (Command.Increment) command);
            case APPEND -> append(needed(session), (Command.Append) command);
            case OPEN_SESSION -> openSession((Command.OpenSession) command);
            case CLOSE_SESSION -> closeSession(needed(session));
            case ACQUIRE -> lockCommands.acquire(needed(session), (Command.Acquire) command);
            case RELEASE -> release(needed(session), (Command.Release) command);
            case CANCEL_WAIT -> lockCommands.cancel(needed(session), (Command.CancelWait) command);
            case REVOKE -> lockCommands.revoke((Command.Revoke) command);
            case TICK -> tick((Command.Tick) command);
            case TRANSACT -> transact(session, (Command.Transact) command);
            case SET_GUARD,
                    REMOVE_GUARD,
                    CHANGE_SETTING,
                    RAISE_LEVEL,
                    FORM_CLUSTER,
                    BIND_MEMBER,
                    PLACE_MEMBER,
                    FORGET_MEMBER ->
                    administer(command);
            case ADMIT, REMOVE_GATE, RECLAIM, ACQUIRE_SHARED -> coordinate(session, command);
        };
    }

    /** What operators and nodes ask. */
    private Outcome administer(Command command) {
        return switch (command.kind()) {
            case SET_GUARD -> guardCommands.set((Command.SetGuard) command);
            case REMOVE_GUARD -> guardCommands.remove((Command.RemoveGuard) command);
            case CHANGE_SETTING -> changeSetting((Command.ChangeSetting) command);
            case RAISE_LEVEL -> raiseLevel((Command.RaiseLevel) command);
            case FORM_CLUSTER -> formCluster((Command.FormCluster) command);
            case BIND_MEMBER -> memberCommands.bind(((Command.BindMember) command).member());
            case PLACE_MEMBER -> memberCommands.place((Command.PlaceMember) command);
            case FORGET_MEMBER -> memberCommands.forget(((Command.ForgetMember) command).member());
            default -> throw new AssertionError(command.kind());
        };
    }

    /** What goes beyond records and locks. */
    private Outcome coordinate(@Nullable Session session, Command command) {
        return switch (command.kind()) {
            case ADMIT -> admit(session, (Command.Admit) command);
            case REMOVE_GATE -> gateCommands.remove((Command.RemoveGate) command);
            case ACQUIRE_SHARED ->
                    lockCommands.acquireShared(needed(session), (Command.AcquireShared) command);
            case RECLAIM -> reclaimCommands.reclaim(needed(session), (Command.Reclaim) command);
            default -> throw new AssertionError(command.kind());
        };
    }

    private static Session needed(@Nullable Session session) {
        return Check.present(session, "the session of a command that cannot be without");
    }

    private Outcome put(@Nullable Session session, Command.Put put) {
        Outcome fenced = fence(session, put, put.key());
        return fenced != null ? fenced : recordCommands.put(put);
    }

    private Outcome delete(@Nullable Session session, Command.Delete delete) {
        Outcome fenced = fence(session, delete, delete.key());
        return fenced != null ? fenced : recordCommands.delete(delete);
    }

    private Outcome increment(Session session, Command.Increment increment) {
        Outcome fenced = fence(session, increment, increment.key());
        return fenced != null ? fenced : recordCommands.increment(increment);
    }

    private Outcome append(Session session, Command.Append append) {
        Outcome fenced = fence(session, append, append.key());
        return fenced != null ? fenced : recordCommands.append(append);
    }

    private Outcome transact(@Nullable Session session, Command.Transact transact) {
        Outcome fenced = fence(session, transact);
        return fenced != null ? fenced : transactionCommands.transact(session, transact);
    }

    private Outcome release(Session session, Command.Release release) {
        FencingRules.Verdict verdict = fencing.check(release.fences(), null);
        if (verdict.enforced().isEmpty()) {
            return lockCommands.release(session, release);
        }
        recordRejection(session, Optional.empty(), verdict.enforced().get(0), true);
        return answers.fenced(verdict.enforced());
    }

    private Outcome admit(@Nullable Session session, Command.Admit admit) {
        FenceViolation violation = gateCommands.objection(admit);
        if (violation == null) {
            return gateCommands.admit(admit);
        }
        recordRejection(session, Optional.empty(), violation, true);
        return answers.fenced(List.of(violation));
    }

    /** Step 3: null if the command may pass, else its outcome. */
    private @Nullable Outcome fence(@Nullable Session session, Command command, Key key) {
        if (command.fences().isEmpty() && guards.isEmpty()) {
            return null;
        }
        FencingRules.Verdict verdict = fencing.check(command.fences(), guards.innermost(key));
        return verdict.isPass() ? null : objected(session, verdict, violation -> Optional.of(key));
    }

    /** As {@link #fence}, over all that a transaction may write. */
    private @Nullable Outcome fence(@Nullable Session session, Command.Transact transact) {
        if (transact.fences().isEmpty() && guards.isEmpty()) {
            return null;
        }
        TransactionGuards over = TransactionGuards.over(transact.transaction(), guards);
        FencingRules.Verdict verdict = fencing.checkAll(transact.fences(), over);
        return verdict.isPass() ? null : objected(session, verdict, over::keyOf);
    }

    /** Counts and records what the rules object to; null if that does not forbid the command. */
    private @Nullable Outcome objected(
            @Nullable Session session,
            FencingRules.Verdict verdict,
            Function<FenceViolation, Optional<Key>> keyOf) {
        for (GuardEntry broken : verdict.broken()) {
            guards.countViolation(broken);
        }
        if (!verdict.enforced().isEmpty()) {
            FenceViolation first = verdict.enforced().get(0);
            recordRejection(session, keyOf.apply(first), first, true);
            return answers.fenced(verdict.enforced());
        }
        if (!verdict.observed().isEmpty()) {
            FenceViolation first = verdict.observed().get(0);
            recordRejection(session, keyOf.apply(first), first, false);
        }
        return null;
    }

    private void recordRejection(
            @Nullable Session session,
            Optional<Key> key,
            FenceViolation violation,
            boolean enforced) {
        Rejection candidate =
                new Rejection(
                        counters.revision + 1,
                        counters.lastStamp,
                        session == null ? SessionId.NONE : session.id,
                        session == null ? SessionLabel.NONE : session.label,
                        key,
                        violation,
                        enforced,
                        1);
        if (!rejections.repeats(candidate)) {
            Check.invariant(
                    change.revision() == candidate.revision(),
                    "a rejection is the first that a command changes");
            rejections.record(candidate);
        }
    }

    private Outcome openSession(Command.OpenSession open) {
        Session known = sessions.findByNonce(open.nonce());
        if (known != null && !known.isLive()) {
            return answers.sessionExpired(false);
        }
        if (known == null) {
            long most = settings.get(Setting.SESSIONS_MAX);
            if (sessions.liveCount() >= most) {
                return answers.refused(Status.QUOTA_EXCEEDED, RefusalReason.SESSIONS, most);
            }
            change.effect();
            known = sessions.open(open.nonce(), open.ttlMs(), open.label());
        }
        return answers.with(Status.OK, new Outcome.SessionOpened(known.id, known.ttlMs));
    }

    private Outcome closeSession(Session session) {
        leaseTime.close(session);
        return answers.done();
    }

    private Outcome changeSetting(Command.ChangeSetting command) {
        Setting setting = command.setting();
        long value = command.value();
        if (value < setting.min() || value > setting.max()) {
            return answers.refused(
                    Status.INVALID_ARGUMENT, RefusalReason.SETTING_OUT_OF_RANGE, setting.code());
        }
        change.effect();
        settings.set(setting, value);
        records.reserve(settings.get(Setting.STORE_QUOTA_BYTES), counters.hashSeed);
        if (setting == Setting.HISTORY_BYTES || setting == Setting.HISTORY_REVISIONS) {
            resizeHistory();
        }
        return answers.done();
    }

    /** The feature level from which on {@code setting} can be changed. */
    public static int levelOf(Setting setting) {
        return switch (setting) {
            case HISTORY_BYTES, HISTORY_REVISIONS -> FEATURE_LEVEL_HISTORY;
            case KEYS_WITH_TTL_MAX -> FEATURE_LEVEL_TRANSACTIONS;
            case GATES_MAX -> FEATURE_LEVEL_GATES;
            case SHARED_GRANTS_MAX -> FEATURE_LEVEL_SHARED_LOCKS;
            case STORE_QUOTA_BYTES,
                    SESSIONS_MAX,
                    LOCKS_MAX,
                    WAITERS_MAX,
                    OUTCOME_BYTES_MAX,
                    ENDED_SESSIONS_MAX,
                    ENDED_GRANTS_PER_LOCK,
                    REJECTIONS_MAX ->
                    FEATURE_LEVEL_MIN;
        };
    }

    /** History goes back as far as the settings say from now on. */
    void resizeHistory() {
        history.resize(
                settings.get(Setting.HISTORY_BYTES), settings.get(Setting.HISTORY_REVISIONS));
    }

    private Outcome tick(Command.Tick tick) {
        leaseTime.tick(tick);
        sessions.forgetEndedAbove(settings.get(Setting.ENDED_SESSIONS_MAX));
        return answers.done();
    }

    private Outcome raiseLevel(Command.RaiseLevel raise) {
        if (raise.level() > FEATURE_LEVEL_MAX) {
            throw new NewerFormatException(
                    "the cluster has raised its feature level to "
                            + raise.level()
                            + " but this release knows only "
                            + FEATURE_LEVEL_MAX
                            + "; install the newer release");
        }
        if (raise.level() > counters.featureLevel) {
            change.effect();
            counters.featureLevel = raise.level();
        }
        return answers.done();
    }

    private Outcome formCluster(Command.FormCluster form) {
        if (!counters.cluster.isNone()) {
            return answers.plain(Status.CONDITION_FAILED);
        }
        change.effect();
        counters.cluster = form.cluster();
        counters.hashSeed = form.hashSeed();
        records.reopen(settings.get(Setting.STORE_QUOTA_BYTES), form.hashSeed());
        for (Member member : form.members()) {
            members.bind(member);
        }
        return answers.done();
    }

    /** The ends of waits for locks since the last call, in order. */
    public List<WaitEnded> drainNotices() {
        return locks.drainNotices();
    }

    /** A 64-bit sum over everything in the state: equal on all nodes at the same entry. */
    public long digest() {
        scratch.clear();
        counters.encode(scratch);
        return ledger.sum()
                + Hash64.of(ItemKind.COUNTERS.code(), scratch.array(), scratch.length());
    }

    /** Begins a snapshot of the state as it is now. Only one at a time. */
    public SnapshotWalk beginSnapshot(SetAside setAside) {
        SnapshotWalk walk = new SnapshotWalk(this, ledger.nextWalkNumber(), setAside);
        ledger.walkBegins(walk);
        return walk;
    }

    /** What can be read of the state. */
    public StateView view() {
        return view;
    }

    public long revision() {
        return counters.revision;
    }

    /** The stamp of the last effect; every later one has a greater stamp. */
    public HybridTimestamp lastStamp() {
        return counters.lastStamp;
    }

    /** Lease time, in milliseconds. */
    public long leaseTimeMs() {
        return counters.leaseTimeMs;
    }

    /** Whether anything waits for lease time to pass: without, nobody needs to tick. */
    public boolean waitsForTime() {
        return sessions.liveCount() > 0 || locks.waitsForTime() || !expiries.isEmpty();
    }

    public int featureLevel() {
        return counters.featureLevel;
    }

    /** {@link ClusterId#NONE} until the first entry has formed the cluster. */
    public ClusterId cluster() {
        return counters.cluster;
    }

    public List<Member> members() {
        return members.list();
    }

    /** The members with what they shall be, in order of their peer addresses. */
    public List<PlacedMember> placedMembers() {
        return members.placed();
    }

    /** Frees the store. Afterwards nothing may be called. */
    @Override
    public void close() {
        records.close();
    }
}
