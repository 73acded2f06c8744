package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
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
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
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
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.ReadTerms;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a fake cluster share: just enough of the store's behaviour for a client to be
 * tested against. Nothing expires by itself. Safe from any thread.
 */
public final class FakeStore {
    /** A grant, or a place in a queue with whom to tell. */
    private record Claim(
            RequestId id,
            long owner,
            FencingToken token,
            long revision,
            FakeNode.@Nullable Ask ask) {
        boolean isOf(SessionId session, long number) {
            return id.session().equals(session) && owner == number;
        }
    }

    private static final class FakeLock {
        final LockName name;
        @Nullable Claim grant;
        final Deque<Claim> queue = new ArrayDeque<>();
        final List<EndedGrant> ended = new ArrayList<>();
        FencingToken newest = FencingToken.NONE;

        FakeLock(LockName name) {
            this.name = name;
        }
    }

    private final ClusterId cluster;
    private final Map<Key, Versioned> records = new TreeMap<>();
    private final FakeTransactions transactions = new FakeTransactions(records);
    private final Map<LockName, FakeLock> locks = new TreeMap<>();
    private final Map<Key, GuardInfo> guards = new TreeMap<>();
    private final TreeMap<ResourceName, GateInfo> gates = new TreeMap<>();
    private final Map<String, Long> settings = new TreeMap<>(Map.of("quota-bytes", 1000L));
    private final Map<SessionNonce, SessionInfo> sessions = new HashMap<>();
    private final Set<SessionNonce> ended = new HashSet<>();
    private final Map<SessionId, Long> floors = new HashMap<>();
    private final Map<RequestId, Reply> outcomes = new HashMap<>();
    private final TreeMap<Long, Rejection> rejections = new TreeMap<>();
    private final Map<String, MemberRole> placed = new TreeMap<>();
    private final FakeWatches watches = new FakeWatches();
    private long revision;

    /** The revision of the last change of a record. */
    private long recordRevision;

    private long lastToken = 32;
    private long lastSession;
    private long stampMillis = 1_700_000_000_000L;

    /** The node that takes writes; null during an election. */
    volatile @Nullable FakeNode leader;

    final List<FakeNode> nodes = new ArrayList<>();

    /** How often commands with a sequence number were applied: what exactly-once is about. */
    private int applied;

    public FakeStore() {
        this(new ClusterId(1, 2));
    }

    FakeStore(ClusterId cluster) {
        this.cluster = cluster;
    }

    synchronized int applied() {
        return applied;
    }

    public synchronized int liveSessions() {
        return sessions.size();
    }

    public synchronized String value(String key) {
        Versioned found = records.get(Key.of(key));
        return found == null ? "" : found.value().toUtf8();
    }

    public synchronized FencingToken holder(String lock) {
        FakeLock found = locks.get(new LockName(lock));
        return found == null || found.grant == null ? FencingToken.NONE : found.grant.token();
    }

    public synchronized int queued(String lock) {
        FakeLock found = locks.get(new LockName(lock));
        return found == null ? 0 : found.queue.size();
    }

    /** Grants a lock to a session of nobody, as if another client held it. */
    public synchronized FencingToken grantToStranger(String lock) {
        FakeLock fake = lock(new LockName(lock));
        end(fake, FenceReason.SUPERSEDED);
        return grant(fake, new RequestId(new SessionId(999), 1, 1), 1);
    }

    /** Takes the lock from its holder and gives it to the next in the queue. */
    public synchronized void revoke(String lock) {
        FakeLock fake = lock(new LockName(lock));
        end(fake, FenceReason.REVOKED);
        grantNext(fake);
    }

    /** Puts a rejection on record, in place of the one of the same revision. */
    public synchronized void record(Rejection rejection) {
        rejections.put(rejection.revision(), rejection);
        watches.happened(rejection.revision(), rejection);
    }

    /** How many watches are told what happens. */
    public synchronized int watches() {
        return watches.count();
    }

    /** What happened so far cannot be told any more. */
    synchronized void forgetHistory() {
        watches.forgetBefore(revision + 1);
    }

    /** Ends all sessions, as if their TTLs had passed. */
    public synchronized void expireSessions() {
        ended.addAll(sessions.keySet());
        sessions.clear();
        locks.values().forEach(lock -> end(lock, FenceReason.EXPIRED));
    }

    /** A connection is gone: nobody can be told through it. */
    synchronized void forget(FakeNode.Ask ask) {
        watches.forget(ask);
        locks.values()
                .forEach(
                        lock -> {
                            List<Claim> claims = new ArrayList<>(lock.queue);
                            lock.queue.clear();
                            for (Claim claim : claims) {
                                boolean gone = claim.ask() != null && claim.ask().sameChannel(ask);
                                lock.queue.add(
                                        gone
                                                ? new Claim(
                                                        claim.id(),
                                                        claim.owner(),
                                                        claim.token(),
                                                        claim.revision(),
                                                        null)
                                                : claim);
                            }
                        });
    }

    synchronized void handle(FakeNode node, FakeNode.Ask ask) {
        Request request = ask.request();
        switch (request.opcode()) {
            case HELLO ->
                    ask.reply(
                            reply(
                                    ask,
                                    Status.OK,
                                    new Reply.Hello(1, 0, cluster, node.id(), leaderName())));
            case PING -> ask.reply(reply(ask, Status.OK, Reply.NOTHING));
            case STATUS -> ask.reply(reply(ask, Status.OK, new Reply.Node(status(node))));
            case HEALTH -> ask.reply(reply(ask, Status.OK, new Reply.Health(health(node))));
            case GET -> ask.reply(get(ask, (Request.Get) request));
            case TTL -> ask.reply(ttl(ask, ((Request.Ttl) request).key()));
            case RANGE -> ask.reply(range(ask, (Request.Range) request));
            case GET_MANY -> ask.reply(getMany(ask, (Request.GetMany) request));
            case INSPECT_LOCK -> ask.reply(inspect(ask, (Request.InspectLock) request));
            case LIST_LOCKS -> ask.reply(listLocks(ask, (Request.ListLocks) request));
            case LIST_GUARDS -> ask.reply(listGuards(ask, (Request.ListGuards) request));
            case LIST_SESSIONS ->
                    ask.reply(
                            reply(
                                    ask,
                                    Status.OK,
                                    new Reply.Sessions(List.copyOf(sessions.values()), false)));
            case LIST_REJECTIONS ->
                    ask.reply(listRejections(ask, (Request.ListRejections) request));
            case LIST_SETTINGS -> ask.reply(listSettings(ask));
            case LIST_HOLDERS -> {
                LockName asked = ((Request.ListHolders) request).lock();
                List<HolderInfo> holders =
                        info(asked)
                                .grant()
                                .map(grant -> List.of(new HolderInfo(grant, false, 0)))
                                .orElse(List.of());
                ask.reply(reply(ask, Status.OK, new Reply.Holders(holders, false)));
            }
            case LIST_GATES -> ask.reply(listGates(ask, (Request.ListGates) request));
            case WATCH, WATCH_LOCKS, WATCH_REJECTIONS -> watches.begin(ask, revision);
            case CANCEL_WATCH ->
                    ask.reply(
                            reply(
                                    ask,
                                    watches.cancel(ask) ? Status.OK : Status.NOT_FOUND,
                                    Reply.NOTHING));
            case PUT,
                    DELETE,
                    INCREMENT,
                    APPEND,
                    TRANSACT,
                    OPEN_SESSION,
                    RENEW_SESSION,
                    CLOSE_SESSION,
                    ACQUIRE,
                    RELEASE,
                    CANCEL_WAIT,
                    REVOKE,
                    SET_GUARD,
                    REMOVE_GUARD,
                    RECLAIM,
                    ACQUIRE_SHARED,
                    ADMIT,
                    REMOVE_GATE,
                    CHANGE_SETTING,
                    LIST_MEMBERS,
                    PLACE_MEMBER,
                    TRANSFER_LEADERSHIP -> {
                if (leader != node) {
                    ask.reply(reply(ask, Status.NOT_LEADER, new Reply.NotLeader(leaderName())));
                } else {
                    write(ask);
                }
            }
        }
    }

    // --- commands ------------------------------------------------------------------------------

    private void write(FakeNode.Ask ask) {
        Request request = ask.request();
        switch (request.opcode()) {
            case OPEN_SESSION -> ask.reply(open(ask, (Request.OpenSession) request));
            case RENEW_SESSION -> ask.reply(renew(ask, (Request.RenewSession) request));
            case PUT -> ask.reply(once(ask, ((Request.Put) request).id(), () -> put(ask)));
            case DELETE -> ask.reply(once(ask, ((Request.Delete) request).id(), () -> delete(ask)));
            case INCREMENT ->
                    ask.reply(once(ask, ((Request.Increment) request).id(), () -> increment(ask)));
            case APPEND -> ask.reply(once(ask, ((Request.Append) request).id(), () -> append(ask)));
            case TRANSACT ->
                    ask.reply(once(ask, ((Request.Transact) request).id(), () -> transact(ask)));
            case CLOSE_SESSION -> {
                SessionId session = ((Request.CloseSession) request).id().session();
                sessions.entrySet().removeIf(each -> endsAs(each, session));
                locks.values().forEach(lock -> endOf(lock, session));
                ask.reply(reply(ask, Status.OK, Reply.NOTHING));
            }
            case ACQUIRE -> acquire(ask, (Request.Acquire) request);
            case RELEASE ->
                    ask.reply(once(ask, ((Request.Release) request).id(), () -> release(ask)));
            case CANCEL_WAIT ->
                    ask.reply(once(ask, ((Request.CancelWait) request).id(), () -> cancel(ask)));
            case REVOKE -> ask.reply(once(ask, ((Request.Revoke) request).id(), () -> take(ask)));
            case SET_GUARD -> {
                Guard guard = ((Request.SetGuard) request).guard();
                guards.put(guard.prefix(), new GuardInfo(guard, ++revision, 0));
                ask.reply(reply(ask, Status.OK, Reply.NOTHING));
            }
            case REMOVE_GUARD -> {
                boolean had = guards.remove(((Request.RemoveGuard) request).prefix()) != null;
                ask.reply(reply(ask, had ? Status.OK : Status.NOT_FOUND, Reply.NOTHING));
            }
            case RECLAIM ->
                    ask.reply(once(ask, ((Request.Reclaim) request).id(), () -> reclaim(ask)));
            case ACQUIRE_SHARED ->
                    ask.reply(
                            once(
                                    ask,
                                    ((Request.AcquireShared) request).id(),
                                    () -> acquireShared(ask)));
            case ADMIT -> ask.reply(once(ask, ((Request.Admit) request).id(), () -> admit(ask)));
            case REMOVE_GATE ->
                    ask.reply(
                            once(ask, ((Request.RemoveGate) request).id(), () -> removeGate(ask)));
            case CHANGE_SETTING -> {
                Request.ChangeSetting change = (Request.ChangeSetting) request;
                boolean known = settings.replace(change.name(), change.value()) != null;
                ask.reply(
                        known
                                ? reply(ask, Status.OK, Reply.NOTHING)
                                : reply(
                                        ask,
                                        Status.INVALID_ARGUMENT,
                                        new Reply.Message("no setting " + change.name())));
            }
            case LIST_MEMBERS ->
                    ask.reply(
                            reply(
                                    ask,
                                    Status.OK,
                                    new Reply.Members(List.copyOf(members().values()))));
            case PLACE_MEMBER -> ask.reply(place(ask, (Request.PlaceMember) request));
            case TRANSFER_LEADERSHIP -> {
                String to = ((Request.TransferLeadership) request).node();
                leader =
                        nodes.stream()
                                .filter(node -> node.endpoint().equals(to))
                                .findFirst()
                                .orElse(nodes.get(nodes.size() - 1));
                ask.reply(reply(ask, Status.OK, Reply.NOTHING));
            }
            case HELLO,
                    PING,
                    STATUS,
                    HEALTH,
                    GET,
                    TTL,
                    RANGE,
                    GET_MANY,
                    LIST_SESSIONS,
                    INSPECT_LOCK,
                    LIST_LOCKS,
                    LIST_GUARDS,
                    LIST_REJECTIONS,
                    LIST_GATES,
                    LIST_HOLDERS,
                    LIST_SETTINGS,
                    WATCH,
                    WATCH_LOCKS,
                    WATCH_REJECTIONS,
                    CANCEL_WATCH ->
                    throw new AssertionError(request.opcode());
        }
    }

    private boolean endsAs(Map.Entry<SessionNonce, SessionInfo> session, SessionId id) {
        return session.getValue().id().equals(id) && ended.add(session.getKey());
    }

    /** Whether the client has settled this number, so that it must not apply any more. */
    private boolean isBelowFloor(RequestId id) {
        return id.sequence() < floors.merge(id.session(), id.floor(), Math::max);
    }

    private Reply once(FakeNode.Ask ask, RequestId id, java.util.function.Supplier<Reply> effect) {
        if (!id.isNone()) {
            if (isBelowFloor(id)) {
                return reply(ask, Status.DUPLICATE, Reply.NOTHING);
            }
            RequestId key = new RequestId(id.session(), id.sequence(), 1);
            Reply remembered = outcomes.get(key);
            if (remembered != null) {
                return remembered;
            }
            if (!isLive(id.session())) {
                return reply(ask, Status.SESSION_EXPIRED, new Reply.SessionExpired(false));
            }
            applied++;
            Reply outcome = effect.get();
            outcomes.put(key, outcome);
            return outcome;
        }
        return effect.get();
    }

    private boolean isLive(SessionId session) {
        return sessions.values().stream().anyMatch(each -> each.id().equals(session));
    }

    private Reply open(FakeNode.Ask ask, Request.OpenSession open) {
        if (ended.contains(open.nonce())) {
            return reply(ask, Status.SESSION_EXPIRED, new Reply.SessionExpired(false));
        }
        SessionInfo session =
                sessions.computeIfAbsent(
                        open.nonce(),
                        nonce ->
                                new SessionInfo(
                                        new SessionId(++lastSession),
                                        open.label(),
                                        open.ttlMs(),
                                        open.ttlMs(),
                                        0,
                                        0,
                                        0));
        return reply(ask, Status.OK, new Reply.SessionOpened(session.id(), session.ttlMs()));
    }

    private Reply renew(FakeNode.Ask ask, Request.RenewSession renew) {
        if (!isLive(renew.session())) {
            return reply(ask, Status.SESSION_EXPIRED, new Reply.SessionExpired(false));
        }
        List<FencingToken> live = new ArrayList<>();
        for (FakeLock lock : locks.values()) {
            if (lock.grant != null && lock.grant.id().session().equals(renew.session())) {
                live.add(lock.grant.token());
            }
        }
        return reply(ask, Status.OK, new Reply.Renewed(live));
    }

    private Reply put(FakeNode.Ask ask) {
        Request.Put put = (Request.Put) ask.request();
        Reply refusal = refusal(ask, put.fences(), put.key(), put.ifRevision());
        if (refusal != null) {
            return refusal;
        }
        Versioned before = records.get(put.key());
        recordRevision = ++revision;
        records.put(
                put.key(),
                new Versioned(
                        put.value(),
                        before == null ? revision : before.createRevision(),
                        revision,
                        before == null ? 1 : before.version() + 1,
                        stamp(),
                        put.fences().isEmpty() ? FencingToken.NONE : put.fences().get(0).token(),
                        put.ephemeral() ? put.id().session() : SessionId.NONE,
                        put.id().session(),
                        put.id().sequence()));
        changed(put.key());
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    private Reply transact(FakeNode.Ask ask) {
        Request.Transact transact = (Request.Transact) ask.request();
        Reply refusal = refusal(ask, transact.fences(), Key.of("?"), Request.ANY_REVISION);
        if (refusal != null) {
            return refusal;
        }
        revision++;
        return reply(ask, Status.OK, transactions.apply(transact, revision, stamp()));
    }

    private Reply ttl(FakeNode.Ask ask, Key key) {
        return records.containsKey(key)
                ? reply(ask, Status.OK, new Reply.Ttl(transactions.remainingMs(key)))
                : reply(ask, Status.NOT_FOUND, Reply.NOTHING);
    }

    private Reply increment(FakeNode.Ask ask) {
        Request.Increment increment = (Request.Increment) ask.request();
        Reply refusal = refusal(ask, increment.fences(), increment.key(), Request.ANY_REVISION);
        if (refusal != null) {
            return refusal;
        }
        Versioned before = records.get(increment.key());
        long sum;
        try {
            sum = before == null ? 0 : Long.parseLong(before.value().toUtf8());
        } catch (NumberFormatException e) {
            return reply(ask, Status.CONDITION_FAILED, new Reply.Message("not a number"));
        }
        sum += increment.delta();
        replace(increment.key(), increment.id(), Value.of(Long.toString(sum)));
        return reply(ask, Status.OK, new Reply.Number(sum));
    }

    private Reply append(FakeNode.Ask ask) {
        Request.Append append = (Request.Append) ask.request();
        Reply refusal = refusal(ask, append.fences(), append.key(), Request.ANY_REVISION);
        if (refusal != null) {
            return refusal;
        }
        Versioned before = records.get(append.key());
        Value whole = before == null ? append.value() : before.value().concat(append.value());
        replace(append.key(), append.id(), whole);
        return reply(ask, Status.OK, new Reply.Number(whole.length()));
    }

    private void replace(Key key, RequestId id, Value value) {
        Versioned before = records.get(key);
        recordRevision = ++revision;
        records.put(
                key,
                new Versioned(
                        value,
                        before == null ? revision : before.createRevision(),
                        revision,
                        before == null ? 1 : before.version() + 1,
                        stamp(),
                        FencingToken.NONE,
                        before == null ? SessionId.NONE : before.owner(),
                        id.session(),
                        id.sequence()));
        changed(key);
    }

    private Reply delete(FakeNode.Ask ask) {
        Request.Delete delete = (Request.Delete) ask.request();
        Reply refusal = refusal(ask, delete.fences(), delete.key(), delete.ifRevision());
        if (refusal != null) {
            return refusal;
        }
        if (records.remove(delete.key()) == null) {
            return reply(ask, Status.NOT_FOUND, Reply.NOTHING);
        }
        recordRevision = ++revision;
        changed(delete.key());
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    /** The last revision has changed a record. */
    private void changed(Key key) {
        Optional<Versioned> now = Optional.ofNullable(records.get(key));
        watches.happened(
                revision,
                new RecordEvent(
                        now.isPresent() ? EventType.PUT : EventType.DELETE,
                        revision,
                        stamp(),
                        key,
                        now,
                        Optional.empty()));
    }

    /** Something has happened to a lock: it has a revision of its own. */
    private void happened(LockEventType type, FakeLock lock, RequestId id, long owner) {
        FencingToken token =
                switch (type) {
                    case GRANTED -> lock.newest;
                    case RELEASED, EXPIRED, REVOKED ->
                            lock.ended.get(lock.ended.size() - 1).token();
                    case QUEUED, LEFT_QUEUE -> FencingToken.NONE;
                };
        watches.happened(
                revision,
                new LockEvent(
                        type,
                        revision,
                        stamp(),
                        lock.name,
                        token,
                        id.session(),
                        owner,
                        new SessionLabel("someone"),
                        false,
                        0,
                        0));
    }

    private @Nullable Reply refusal(
            FakeNode.Ask ask, List<Fence> fences, Key key, long ifRevision) {
        for (Fence fence : fences) {
            FakeLock lock = lock(fence.lock());
            FencingToken live = lock.grant == null ? FencingToken.NONE : lock.grant.token();
            if (!live.equals(fence.token())) {
                FenceReason reason = live.isNone() ? FenceReason.EXPIRED : FenceReason.SUPERSEDED;
                FenceViolation violation =
                        new FenceViolation(
                                reason,
                                fence.lock(),
                                fence.token(),
                                live,
                                Optional.of(FenceReason.EXPIRED),
                                revision,
                                stamp(),
                                new SessionLabel("stranger"));
                record(
                        new Rejection(
                                ++revision,
                                stamp(),
                                SessionId.NONE,
                                SessionLabel.NONE,
                                Optional.of(key),
                                violation,
                                true,
                                1));
                return reply(ask, Status.FENCED, new Reply.Fenced(List.of(violation), 1));
            }
        }
        Versioned record = records.get(key);
        long actual = record == null ? 0 : record.modifyRevision();
        return ifRevision == Request.ANY_REVISION || ifRevision == actual
                ? null
                : reply(ask, Status.CONDITION_FAILED, new Reply.ConditionFailed(actual));
    }

    private void acquire(FakeNode.Ask ask, Request.Acquire acquire) {
        RequestId key = new RequestId(acquire.id().session(), acquire.id().sequence(), 1);
        Reply remembered = outcomes.get(key);
        FakeLock lock = lock(acquire.lock());
        if (isBelowFloor(acquire.id())) {
            ask.reply(reply(ask, Status.DUPLICATE, Reply.NOTHING));
            return;
        }
        if (remembered != null && remembered.status() != Status.QUEUED) {
            ask.reply(remembered);
            return;
        }
        if (!isLive(acquire.id().session())) {
            ask.reply(reply(ask, Status.SESSION_EXPIRED, new Reply.SessionExpired(false)));
            return;
        }
        applied++;
        SessionId session = acquire.id().session();
        Claim grant = lock.grant;
        boolean mine = grant != null && grant.isOf(session, acquire.owner());
        lock.queue.removeIf(claim -> claim.isOf(session, acquire.owner()));
        if (grant == null && lock.queue.isEmpty()) {
            grant(lock, acquire.id(), acquire.owner());
            grant = Check.present(lock.grant, "the grant");
            mine = true;
        }
        if (mine) {
            Reply granted = reply(ask, Status.OK, new Reply.Token(grant.token()));
            outcomes.put(key, granted);
            ask.reply(granted);
        } else if (acquire.waitMs() == 0) {
            Reply busy = reply(ask, Status.LOCK_BUSY, Reply.NOTHING);
            outcomes.put(key, busy);
            ask.reply(busy);
        } else {
            lock.queue.add(new Claim(acquire.id(), acquire.owner(), FencingToken.NONE, 0, ask));
            revision++;
            happened(LockEventType.QUEUED, lock, acquire.id(), acquire.owner());
            Reply queued = reply(ask, Status.QUEUED, Reply.NOTHING);
            outcomes.put(key, queued);
            ask.replyMore(queued);
        }
    }

    private Reply release(FakeNode.Ask ask) {
        Request.Release release = (Request.Release) ask.request();
        FakeLock lock = lock(release.lock());
        if (lock.grant == null || !lock.grant.token().equals(release.token())) {
            return reply(ask, Status.FENCED, new Reply.Fenced(List.of(), 1));
        }
        end(lock, FenceReason.RELEASED);
        grantNext(lock);
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    private Reply cancel(FakeNode.Ask ask) {
        Request.CancelWait cancel = (Request.CancelWait) ask.request();
        FakeLock lock = lock(cancel.lock());
        SessionId session = cancel.id().session();
        if (lock.grant != null && lock.grant.isOf(session, cancel.owner())) {
            return reply(ask, Status.OK, new Reply.Token(lock.grant.token()));
        }
        boolean had = lock.queue.removeIf(claim -> claim.isOf(session, cancel.owner()));
        return reply(ask, had ? Status.OK : Status.NOT_FOUND, Reply.NOTHING);
    }

    private Reply take(FakeNode.Ask ask) {
        Request.Revoke revoke = (Request.Revoke) ask.request();
        FakeLock lock = lock(revoke.lock());
        boolean meant =
                lock.grant != null
                        && (revoke.token().isNone() || revoke.token().equals(lock.grant.token()));
        if (!meant) {
            return reply(ask, Status.NOT_FOUND, Reply.NOTHING);
        }
        end(lock, FenceReason.REVOKED);
        grantNext(lock);
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    /** As if nobody else shared it: a test sees what was asked. */
    private Reply acquireShared(FakeNode.Ask ask) {
        Request.AcquireShared acquire = (Request.AcquireShared) ask.request();
        FakeLock lock = lock(acquire.lock());
        if (lock.grant != null) {
            return reply(ask, Status.LOCK_BUSY, Reply.NOTHING);
        }
        FencingToken token = grant(lock, acquire.id(), acquire.owner());
        return reply(ask, Status.OK, new Reply.Token(token));
    }

    private Reply reclaim(FakeNode.Ask ask) {
        Request.Reclaim reclaim = (Request.Reclaim) ask.request();
        FakeLock lock = lock(reclaim.lock());
        if (!lock.newest.equals(reclaim.token())) {
            FenceViolation violation =
                    new FenceViolation(
                            FenceReason.SUPERSEDED,
                            reclaim.lock(),
                            reclaim.token(),
                            lock.grant == null ? FencingToken.NONE : lock.grant.token(),
                            Optional.of(FenceReason.EXPIRED),
                            revision,
                            stamp(),
                            new SessionLabel("stranger"));
            return reply(ask, Status.FENCED, new Reply.Fenced(List.of(violation), 1));
        }
        if (lock.grant != null) {
            return reply(ask, Status.LOCK_BUSY, Reply.NOTHING);
        }
        FencingToken token = grant(lock, reclaim.id(), reclaim.owner());
        return reply(ask, Status.OK, new Reply.Token(token));
    }

    private Reply admit(FakeNode.Ask ask) {
        Request.Admit admit = (Request.Admit) ask.request();
        GateInfo gate = gates.get(admit.resource());
        FakeLock lock = lock(admit.lock());
        boolean known =
                lock.grant != null && lock.grant.token().equals(admit.token())
                        || lock.ended.stream().anyMatch(past -> past.token().equals(admit.token()));
        boolean low = gate != null && admit.token().compareTo(gate.mark()) < 0;
        if (low || !known) {
            FenceViolation violation =
                    new FenceViolation(
                            low ? FenceReason.SUPERSEDED : FenceReason.UNKNOWN_TOKEN,
                            admit.lock(),
                            admit.token(),
                            lock.newest,
                            Optional.empty(),
                            0,
                            stamp(),
                            SessionLabel.NONE);
            return reply(ask, Status.FENCED, new Reply.Fenced(List.of(violation), 1));
        }
        gates.put(
                admit.resource(),
                new GateInfo(admit.resource(), admit.lock(), admit.token(), ++revision, 0));
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    private Reply removeGate(FakeNode.Ask ask) {
        boolean had = gates.remove(((Request.RemoveGate) ask.request()).resource()) != null;
        return reply(ask, had ? Status.OK : Status.NOT_FOUND, Reply.NOTHING);
    }

    private FakeLock lock(LockName name) {
        return locks.computeIfAbsent(name, FakeLock::new);
    }

    private FencingToken grant(FakeLock lock, RequestId id, long owner) {
        revision++;
        lock.newest = new FencingToken(++lastToken);
        lock.grant = new Claim(id, owner, lock.newest, revision, null);
        happened(LockEventType.GRANTED, lock, id, owner);
        return lock.newest;
    }

    private void end(FakeLock lock, FenceReason how) {
        Claim grant = lock.grant;
        if (grant != null) {
            revision++;
            lock.ended.add(
                    new EndedGrant(grant.token(), grant.id().session(), how, revision, stamp()));
            lock.grant = null;
            happened(
                    how == FenceReason.RELEASED
                            ? LockEventType.RELEASED
                            : how == FenceReason.REVOKED
                                    ? LockEventType.REVOKED
                                    : LockEventType.EXPIRED,
                    lock,
                    grant.id(),
                    grant.owner());
        }
    }

    private void endOf(FakeLock lock, SessionId session) {
        lock.queue.removeIf(claim -> claim.id().session().equals(session));
        if (lock.grant != null && lock.grant.id().session().equals(session)) {
            end(lock, FenceReason.EXPIRED);
            grantNext(lock);
        }
    }

    private void grantNext(FakeLock lock) {
        Claim next = lock.queue.poll();
        if (next != null) {
            FencingToken token = grant(lock, next.id(), next.owner());
            FakeNode.Ask ask = next.ask();
            if (ask != null) {
                ask.reply(reply(ask, Status.OK, new Reply.Token(token)));
            }
        }
    }

    // --- reads ---------------------------------------------------------------------------------

    private Reply get(FakeNode.Ask ask, Request.Get get) {
        Reply refusal = refusal(ask, get.fences(), get.key(), Request.ANY_REVISION);
        if (refusal != null) {
            return refusal;
        }
        Versioned found = records.get(get.key());
        return found == null
                ? reply(ask, Status.NOT_FOUND, Reply.NOTHING)
                : reply(ask, Status.OK, new Reply.Found(found, 0));
    }

    /** At most three rows to a page, so that paging is tested. */
    private Reply range(FakeNode.Ask ask, Request.Range range) {
        Reply refusal = refusal(ask, range.terms());
        if (refusal != null) {
            return refusal;
        }
        List<RangeRow> all = new ArrayList<>();
        records.forEach(
                (key, record) -> {
                    if (range.range().contains(key)) {
                        boolean keyOnly = range.what() == RangeWhat.KEYS;
                        RangeRow row =
                                new RangeRow(key, keyOnly ? Optional.empty() : Optional.of(record));
                        all.add(range.reverse() ? 0 : all.size(), row);
                    }
                });
        boolean counts = range.what() == RangeWhat.COUNT;
        int rows = counts ? 0 : Math.min(Math.min(3, range.limit()), all.size());
        return asOf(
                ask,
                range.terms(),
                new Reply.Range(
                        counts ? all.size() : 0,
                        0,
                        all.subList(0, rows),
                        !counts && rows < all.size()));
    }

    private Reply getMany(FakeNode.Ask ask, Request.GetMany get) {
        Reply refusal = refusal(ask, get.terms());
        List<Optional<Versioned>> found =
                get.keys().stream().map(key -> Optional.ofNullable(records.get(key))).toList();
        return refusal != null ? refusal : asOf(ask, get.terms(), new Reply.Records(0, found));
    }

    /** No history: what has changed since is not known any more. */
    private @Nullable Reply refusal(FakeNode.Ask ask, ReadTerms terms) {
        if (!terms.at().isNow() && terms.at().revision() < recordRevision) {
            return reply(ask, Status.COMPACTED, new Reply.Message("changed since; begin anew"));
        }
        return refusal(ask, terms.fences(), Key.of("any"), Request.ANY_REVISION);
    }

    private Reply asOf(FakeNode.Ask ask, ReadTerms terms, Reply.Body body) {
        long at = terms.at().isNow() ? revision : terms.at().revision();
        return new Reply(ask.request().opcode(), Status.OK, at, stamp(), body);
    }

    private Reply inspect(FakeNode.Ask ask, Request.InspectLock inspect) {
        return locks.containsKey(inspect.lock())
                ? reply(ask, Status.OK, new Reply.Locks(List.of(info(inspect.lock())), false))
                : reply(ask, Status.NOT_FOUND, Reply.NOTHING);
    }

    /** Two to a page, so that paging is tested. */
    private Reply listLocks(FakeNode.Ask ask, Request.ListLocks list) {
        List<LockInfo> all =
                locks.keySet().stream()
                        .filter(name -> name.value().compareTo(list.after()) > 0)
                        .map(this::info)
                        .toList();
        List<LockInfo> page = all.subList(0, Math.min(2, all.size()));
        return reply(ask, Status.OK, new Reply.Locks(page, page.size() < all.size()));
    }

    /** Two to a page. */
    private Reply listGuards(FakeNode.Ask ask, Request.ListGuards list) {
        List<GuardInfo> all =
                guards.values().stream()
                        .filter(
                                info ->
                                        list.after().isEmpty()
                                                || info.guard()
                                                                .prefix()
                                                                .compareTo(list.after().get())
                                                        > 0)
                        .toList();
        List<GuardInfo> page = all.subList(0, Math.min(2, all.size()));
        return reply(ask, Status.OK, new Reply.Guards(page, page.size() < all.size()));
    }

    /** Two to a page. */
    private Reply listGates(FakeNode.Ask ask, Request.ListGates list) {
        List<GateInfo> all =
                gates.values().stream()
                        .filter(gate -> gate.resource().value().compareTo(list.after()) > 0)
                        .toList();
        List<GateInfo> page = all.subList(0, Math.min(2, all.size()));
        return reply(ask, Status.OK, new Reply.Gates(page, page.size() < all.size()));
    }

    /** Two to a page. */
    private Reply listRejections(FakeNode.Ask ask, Request.ListRejections list) {
        List<Rejection> all = List.copyOf(rejections.tailMap(list.after(), false).values());
        List<Rejection> page = all.subList(0, Math.min(Math.min(2, list.limit()), all.size()));
        return reply(ask, Status.OK, new Reply.Rejections(page, page.size() < all.size()));
    }

    private LockInfo info(LockName name) {
        FakeLock lock = lock(name);
        Claim grant = lock.grant;
        return new LockInfo(
                name,
                lock.newest,
                grant == null
                        ? Optional.empty()
                        : Optional.of(
                                new GrantInfo(
                                        grant.token(),
                                        grant.id().session(),
                                        grant.owner(),
                                        new SessionLabel("someone"),
                                        grant.revision(),
                                        stamp())),
                0,
                lock.queue.size(),
                lock.queue.stream()
                        .map(
                                claim ->
                                        new WaiterInfo(
                                                claim.id().session(),
                                                claim.owner(),
                                                new SessionLabel("someone"),
                                                1000))
                        .toList(),
                lock.ended);
    }

    private Reply listSettings(FakeNode.Ask ask) {
        List<SettingInfo> rows = new ArrayList<>();
        settings.forEach((name, value) -> rows.add(new SettingInfo(name, value, 1, 1_000_000)));
        return reply(ask, Status.OK, new Reply.Settings(rows));
    }

    /** By peer address, which is the client address here. Each is at once what it shall be. */
    private Map<String, MemberInfo> members() {
        Map<String, MemberInfo> members = new TreeMap<>();
        for (FakeNode node : nodes) {
            place(members, node.id(), node.endpoint(), MemberRole.VOTER, node == leader);
        }
        placed.forEach(
                (address, role) -> {
                    if (role == MemberRole.NONE) {
                        members.remove(address);
                    } else {
                        place(members, 99, address, role, false);
                    }
                });
        return members;
    }

    private static void place(
            Map<String, MemberInfo> members,
            long id,
            String address,
            MemberRole role,
            boolean leads) {
        members.put(address, new MemberInfo(id, address, address, role, role, leads, 0));
    }

    private Reply place(FakeNode.Ask ask, Request.PlaceMember place) {
        if (place.role() == MemberRole.NONE && !members().containsKey(place.node())) {
            return reply(
                    ask, Status.INVALID_ARGUMENT, new Reply.Message("no member " + place.node()));
        }
        placed.put(place.node(), place.role());
        return reply(ask, Status.OK, Reply.NOTHING);
    }

    private NodeStatus status(FakeNode node) {
        return new NodeStatus(
                node.endpoint(),
                node.id(),
                cluster,
                node == leader ? NodeRole.LEADER : NodeRole.FOLLOWER,
                leaderName(),
                7,
                100,
                revision,
                stamp(),
                0xfeedL,
                96,
                1,
                records.size(),
                4096,
                sessions.size(),
                locks.size(),
                nodes.stream().map(FakeNode::endpoint).toList(),
                "test");
    }

    /** Each node finds the clock of the second one wrong. */
    private NodeHealth health(FakeNode node) {
        return new NodeHealth(
                node.endpoint(),
                node == leader ? NodeRole.LEADER : NodeRole.FOLLOWER,
                400,
                clock(node),
                0,
                1500,
                2,
                2300,
                nodes.stream().filter(other -> other != node).map(this::seen).toList());
    }

    private ClockVerdict clock(FakeNode node) {
        return nodes.indexOf(node) == 1 ? ClockVerdict.OUTSIDE : ClockVerdict.WITHIN;
    }

    private PeerHealth seen(FakeNode other) {
        return new PeerHealth(
                other.endpoint(),
                500,
                100_000,
                210,
                -1_250,
                1_105,
                clock(other),
                900,
                45,
                400,
                100);
    }

    private String leaderName() {
        FakeNode node = leader;
        return node == null ? "" : node.endpoint();
    }

    private Reply reply(FakeNode.Ask ask, Status status, Reply.Body body) {
        return new Reply(ask.request().opcode(), status, revision, stamp(), body);
    }

    private HybridTimestamp stamp() {
        return HybridTimestamp.ofMillis(++stampMillis);
    }
}
