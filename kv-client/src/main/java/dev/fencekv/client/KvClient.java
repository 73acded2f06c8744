package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A client of a FenceKV cluster. It connects to any of its endpoints, follows the leader, keeps one
 * connection per node and sends many requests over it at a time. It speaks to the cluster of the
 * first node that answers and to no other one.
 *
 * <p>Each operation has an asynchronous form and a blocking one. All of them fail with a {@link
 * FenceKvException}: asynchronously inside the future, else thrown. Besides the exceptions an
 * operation names, any may fail with
 *
 * <ul>
 *   <li>{@link UnavailableException}: nobody could serve it before the request timeout; not applied
 *   <li>{@link OutcomeUnknownException}: for writes; it may or may not have applied
 *   <li>{@link SessionExpiredException}: for writes; not applied; the next one opens a new session
 *   <li>{@link FenceKvException} with the status of a refusal, e.g. INVALID_ARGUMENT, FORBIDDEN
 * </ul>
 *
 * <p>Writes belong to the client's {@link #session}, which is opened by the first of them; so they
 * apply exactly once however often they had to be sent. Writes sent one after the other without
 * waiting may apply in any order if one of them has to be repeated.
 *
 * <p><b>Deadlines</b>: {@link FenceKv.Builder#requestTimeout} for all requests, {@link
 * #withRequestTimeout} for some. <b>Cancellation</b>: cancelling the future that an asynchronous
 * form returned, or ending it by {@link CompletableFuture#orTimeout}, gives the request up. If it
 * was not sent yet it never will be; if it was, it is not sent again, and a write may or may not
 * have applied. Cancelling a dependent of that future gives nothing up. A thread that is
 * interrupted in a blocking form gives its request up in the same way.
 *
 * <p>Assumptions: 1. Futures are completed on the client's I/O thread, and dependents that do not
 * name an executor run there: they must not block. The blocking forms refuse to be called there.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. Every future completes, at the latest
 * when the client is closed.
 */
public final class KvClient implements AutoCloseable {
    /** How long {@link #close} waits for the store to end the session. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final ClientCore core;
    private final Records records;
    private final RangeReads rangeReads;
    private final Session session;
    private final Gates gates;

    /** Numbers the lock objects of this client and its views: the owners within its sessions. */
    private final AtomicLong owners;

    private KvClient(ClientCore core, AtomicLong owners) {
        this.core = core;
        this.records = core.records();
        this.rangeReads = new RangeReads(core);
        this.session = new Session(core);
        this.owners = owners;
        this.gates = new Gates(core);
    }

    static KvClient start(
            ClientOptions options,
            WallClock wall,
            MonotonicClock monotonic,
            @Nullable Timers timers) {
        return new KvClient(ClientCore.start(options, wall, monotonic, timers), new AtomicLong());
    }

    /**
     * This client with another time for each request, for deadlines that differ from call to call:
     *
     * <pre>{@code
     * client.withRequestTimeout(Duration.ofMillis(200)).get("price");
     * }</pre>
     *
     * <p>A view, cheap to make: connections, session and locks are those of this client, and
     * closing either closes both. What is under way is not affected, nor is the opening of a
     * session.
     *
     * @param timeout how long one request may take, retries included, at least 1 ms. Then it ends
     *     with {@link UnavailableException}, or with {@link OutcomeUnknownException} if it may have
     *     applied. A wait for a lock comes on top
     */
    public KvClient withRequestTimeout(Duration timeout) {
        Check.atLeast(1, timeout.toMillis(), "request timeout in milliseconds");
        return new KvClient(core.withRequestTimeout(timeout), owners);
    }

    // --- records -----------------------------------------------------------------------------

    /**
     * Reads a key.
     *
     * @return fails with {@link FencedException} if a fence of the options is not live
     */
    public CompletableFuture<ReadResult> getAsync(Key key, ReadOptions options) {
        return records.get(key, options);
    }

    /** Blocking {@link #getAsync}. */
    public ReadResult get(Key key, ReadOptions options) {
        return core.await(getAsync(key, options));
    }

    /** Blocking linearizable read of a key given as text. */
    public ReadResult get(String key) {
        return get(Key.of(key), ReadOptions.LINEARIZABLE);
    }

    /**
     * Reads several keys, all as of one revision.
     *
     * @param keys 1 to {@link Limits#KEYS_PER_READ_MAX}; the same may come more than once
     * @return fails with TOO_LARGE if their records do not fit into 1 MiB together, with {@link
     *     CompactedException} as of what is no longer known, and with {@link FencedException}
     */
    public CompletableFuture<ManyResult> getAllAsync(List<Key> keys, ReadOptions options) {
        return rangeReads.getAll(keys, options);
    }

    /** Blocking {@link #getAllAsync}. */
    public ManyResult getAll(List<Key> keys, ReadOptions options) {
        return core.await(getAllAsync(keys, options));
    }

    /**
     * Reads a range of keys, however many pages it takes, all of them as of one revision. The rows
     * are collected in memory: give a limit, or {@link #scan} what may be large.
     *
     * @return fails with {@link CompactedException} if the range changes so much meanwhile that a
     *     later page can no longer be had as of the first one's revision; with {@link
     *     FencedException}
     */
    public CompletableFuture<RangeResult> rangeAsync(RangeQuery query) {
        return rangeReads.range(query);
    }

    /** Blocking {@link #rangeAsync}. */
    public RangeResult range(RangeQuery query) {
        return core.await(rangeAsync(query));
    }

    /** A range to be read page by page. Nothing is sent yet. */
    public RangeScan scan(RangeQuery query) {
        return new RangeScan(core, query);
    }

    /** How many keys lie in a range: fails as {@link #rangeAsync} does. */
    public CompletableFuture<Long> countAsync(KeyRange range, ReadOptions options) {
        return rangeReads.count(range, options);
    }

    /** Blocking {@link #countAsync}. */
    public long count(KeyRange range, ReadOptions options) {
        return core.await(countAsync(range, options));
    }

    /**
     * Writes a key.
     *
     * @return fails with {@link ConditionFailedException} or {@link FencedException} as the options
     *     ask
     */
    public CompletableFuture<WriteResult> putAsync(Key key, Value value, WriteOptions options) {
        return records.put(key, value, options);
    }

    /** Blocking {@link #putAsync}. */
    public WriteResult put(Key key, Value value, WriteOptions options) {
        return core.await(putAsync(key, value, options));
    }

    /** Blocking put of text without conditions. */
    public WriteResult put(String key, String value) {
        return put(Key.of(key), Value.of(value), WriteOptions.NONE);
    }

    /**
     * Removes a key; {@link WriteResult#changed} is false if there is none.
     *
     * @return fails with {@link ConditionFailedException} or {@link FencedException} as the options
     *     ask
     */
    public CompletableFuture<WriteResult> deleteAsync(Key key, WriteOptions options) {
        return records.delete(key, options);
    }

    /** Blocking {@link #deleteAsync}. */
    public WriteResult delete(Key key, WriteOptions options) {
        return core.await(deleteAsync(key, options));
    }

    /** Blocking delete of a key given as text, without conditions. */
    public WriteResult delete(String key) {
        return delete(Key.of(key), WriteOptions.NONE);
    }

    /**
     * Adds to the whole number that a key's value is in decimal, once, however often it had to be
     * sent; an absent key counts as 0.
     *
     * @param delta may be negative
     * @param options fences only
     * @return fails with {@link ConditionFailedException} if the value is no whole number, or the
     *     sum does not fit into 64 bits, and with {@link FencedException}
     */
    public CompletableFuture<NumberResult> incrementAsync(
            Key key, long delta, WriteOptions options) {
        return records.increment(key, delta, options);
    }

    /** Blocking {@link #incrementAsync}. */
    public NumberResult increment(Key key, long delta, WriteOptions options) {
        return core.await(incrementAsync(key, delta, options));
    }

    /** Blocking increment of a key given as text, without fences. */
    public long increment(String key, long delta) {
        return increment(Key.of(key), delta, WriteOptions.NONE).number();
    }

    /**
     * Adds bytes to the end of a key's value, once, however often it had to be sent; an absent key
     * counts as empty. The result is the value's new length in bytes.
     *
     * @param options fences only
     * @return fails with {@link FencedException}, and with QUOTA_EXCEEDED if the value would become
     *     longer than {@link Limits#VALUE_BYTES_MAX}
     */
    public CompletableFuture<NumberResult> appendAsync(Key key, Value value, WriteOptions options) {
        return records.append(key, value, options);
    }

    /** Blocking {@link #appendAsync}. */
    public NumberResult append(Key key, Value value, WriteOptions options) {
        return core.await(appendAsync(key, value, options));
    }

    /** Blocking append of text, without fences. */
    public long append(String key, String value) {
        return append(Key.of(key), Value.of(value), WriteOptions.NONE).number();
    }

    /**
     * Removes all keys of a range at once, at one revision; the result says how many there were.
     *
     * @param options fences, without session
     * @return fails with {@link FencedException} if a guard over any key that could lie in the
     *     range is not satisfied, and with TOO_LARGE, having removed nothing, if there are more
     *     than {@link Limits#KEYS_PER_COMMAND_MAX} keys, or than {@link
     *     Limits#DELETED_RANGE_BYTES_MAX} bytes of values
     */
    public CompletableFuture<NumberResult> deleteRangeAsync(KeyRange range, WriteOptions options) {
        return records.deleteRange(range, options);
    }

    /** Blocking {@link #deleteRangeAsync}. */
    public NumberResult deleteRange(KeyRange range, WriteOptions options) {
        return core.await(deleteRangeAsync(range, options));
    }

    /** Begins a transaction; nothing is sent before it is committed. */
    public TransactionBuilder transaction() {
        return new TransactionBuilder(core);
    }

    /** How long a key lives on. */
    public CompletableFuture<TtlResult> ttlAsync(Key key) {
        return records.ttl(key);
    }

    /** Blocking {@link #ttlAsync}. */
    public TtlResult ttl(Key key) {
        return core.await(ttlAsync(key));
    }

    /**
     * Lets a key end by itself, at least {@code ttl} after this was sent, without writing it: its
     * revisions stay. {@link WriteResult#changed} is false if there is no such key.
     *
     * @param ttl as in {@link WriteOptions#ttl}
     * @param options fences, a condition, without session
     * @return fails with {@link ConditionFailedException} or {@link FencedException} as the options
     *     ask
     */
    public CompletableFuture<WriteResult> expireAsync(Key key, Duration ttl, WriteOptions options) {
        return records.expire(key, Limits.keyTtlMs(ttl), options);
    }

    /** Blocking {@link #expireAsync}. */
    public WriteResult expire(Key key, Duration ttl, WriteOptions options) {
        return core.await(expireAsync(key, ttl, options));
    }

    /** Takes a key's TTL away; else as {@link #expireAsync}. */
    public CompletableFuture<WriteResult> persistAsync(Key key, WriteOptions options) {
        return records.expire(key, Operation.NEVER, options);
    }

    /** Blocking {@link #persistAsync}. */
    public WriteResult persist(Key key, WriteOptions options) {
        return core.await(persistAsync(key, options));
    }

    // --- watches -----------------------------------------------------------------------------

    /**
     * Tells {@code listener} each change of the records that {@code options} name, in order, until
     * the watch or the client is closed. Returns at once; nothing needs a session.
     */
    public Watch watch(WatchOptions options, WatchListener<RecordEvent> listener) {
        return EventWatch.begin(core, new WatchSource.Records(options), listener);
    }

    /** As {@link #watch}: what happens to locks, as who is granted one, and how that ends. */
    public Watch watchLocks(LockWatchOptions options, WatchListener<LockEvent> listener) {
        return EventWatch.begin(core, new WatchSource.Locks(options), listener);
    }

    /**
     * As {@link #watch}: what fences refuse, and what observing guards would have refused. Each is
     * told once, with 1 as its repeats: the repeats are counted by {@link #listRejections}.
     */
    public Watch watchRejections(RejectionWatchOptions options, WatchListener<Rejection> listener) {
        return EventWatch.begin(core, new WatchSource.Rejections(options), listener);
    }

    // --- locks -------------------------------------------------------------------------------

    /**
     * A lock object: one owner, which is granted the lock or not. Make one for each thread or task
     * that competes. Nothing is sent yet.
     */
    public FencedLock lock(String name) {
        return lock(new LockName(name), Duration.ZERO);
    }

    /**
     * As {@link #lock(String)}, with a lock-delay for resources that cannot check tokens.
     *
     * @param lockDelay how long nobody is granted the lock after a grant of this object expired,
     *     not after a clean release: 0 to 60 s
     */
    public FencedLock lock(LockName name, Duration lockDelay) {
        Check.inRange(0, Limits.LOCK_DELAY_MS_MAX, lockDelay.toMillis(), "lock-delay in ms");
        return new FencedLock(core, name, owners.incrementAndGet(), lockDelay.toMillis());
    }

    /** A lock with readers and a writer. Make one for each thread or task. Nothing is sent yet. */
    public FencedReadWriteLock readWriteLock(String name) {
        LockName lock = new LockName(name);
        return new FencedReadWriteLock(shared(lock, 0), lock(lock, Duration.ZERO));
    }

    /**
     * A lock that several may hold at a time. Nothing is sent yet.
     *
     * @param permits how many: 1 to {@link Limits#PERMITS_MAX}
     */
    public FencedSemaphore semaphore(String name, int permits) {
        Check.inRange(1, Limits.PERMITS_MAX, permits, "permits");
        LockName lock = new LockName(name);
        return new FencedSemaphore(lock, permits, () -> shared(lock, permits));
    }

    private FencedLock shared(LockName name, int permits) {
        return new FencedLock(core, name, owners.incrementAndGet(), 0, permits);
    }

    /** Who holds a lock, in order of token: several, if they share it. Not one moment's picture. */
    public CompletableFuture<List<HolderInfo>> listHoldersAsync(LockName lock) {
        return new Listing<>(core, Reply.Holders.class, Reply.Holders::holders, Reply.Holders::more)
                .read(
                        after ->
                                new Request.ListHolders(
                                        lock,
                                        after.map(row -> row.grant().token())
                                                .orElse(FencingToken.NONE),
                                        Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listHoldersAsync}. */
    public List<HolderInfo> listHolders(LockName lock) {
        return core.await(listHoldersAsync(lock));
    }

    /**
     * A candidate in an election. Make one for each process or task that may lead. Nothing is sent
     * yet.
     *
     * @param name up to 119 bytes; lock and record are called {@code election/NAME}
     */
    public LeaderElection election(String name) {
        return new LeaderElection(core, lock(LeaderElection.nameOf(name), Duration.ZERO));
    }

    /** Holder, queue and last ended grants of a lock; empty if the store does not know it. */
    public CompletableFuture<Optional<LockInfo>> inspectLockAsync(LockName lock) {
        return core.read(new Request.InspectLock(lock, ReadMode.LINEARIZABLE), Replies::lock);
    }

    /** Blocking {@link #inspectLockAsync}. */
    public Optional<LockInfo> inspectLock(LockName lock) {
        return core.await(inspectLockAsync(lock));
    }

    /** All locks, by name. Pages are read one after the other: not one moment's picture. */
    public CompletableFuture<List<LockInfo>> listLocksAsync() {
        return new Listing<>(core, Reply.Locks.class, Reply.Locks::locks, Reply.Locks::more)
                .read(
                        after ->
                                new Request.ListLocks(
                                        after.map(row -> row.name().value()).orElse(""),
                                        Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listLocksAsync}. */
    public List<LockInfo> listLocks() {
        return core.await(listLocksAsync());
    }

    /**
     * Takes a lock away from its holder, whose token is refused from then on. {@link
     * WriteResult#changed} is false if nobody holds it, or not by {@code token}.
     *
     * @param token the grant that is meant; {@link FencingToken#NONE} for whichever is live
     */
    public CompletableFuture<WriteResult> revokeLockAsync(LockName lock, FencingToken token) {
        return records.write(false, id -> new Request.Revoke(id, lock, token));
    }

    /** Blocking {@link #revokeLockAsync}. */
    public WriteResult revokeLock(LockName lock, FencingToken token) {
        return core.await(revokeLockAsync(lock, token));
    }

    // --- guards ------------------------------------------------------------------------------

    /**
     * Sets the guard of a prefix, replacing the one it has.
     *
     * @param force enforce although nobody ever had the lock alone; without it that is refused,
     *     because every writer would fail at once: no guard takes the token of a reader or a permit
     */
    public CompletableFuture<WriteResult> setGuardAsync(Guard guard, boolean force) {
        return records.write(false, id -> new Request.SetGuard(id, guard, force));
    }

    /** Blocking {@link #setGuardAsync}. */
    public WriteResult setGuard(Guard guard, boolean force) {
        return core.await(setGuardAsync(guard, force));
    }

    /**
     * Removes the guard of exactly this prefix; {@link WriteResult#changed} tells if it had one.
     */
    public CompletableFuture<WriteResult> removeGuardAsync(Key prefix) {
        return records.write(false, id -> new Request.RemoveGuard(id, prefix));
    }

    /** Blocking {@link #removeGuardAsync}. */
    public WriteResult removeGuard(Key prefix) {
        return core.await(removeGuardAsync(prefix));
    }

    /** All guards, by prefix. Pages are read one after the other: not one moment's picture. */
    public CompletableFuture<List<GuardInfo>> listGuardsAsync() {
        return new Listing<>(core, Reply.Guards.class, Reply.Guards::guards, Reply.Guards::more)
                .read(
                        after ->
                                new Request.ListGuards(
                                        after.map(row -> row.guard().prefix()), Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listGuardsAsync}. */
    public List<GuardInfo> listGuards() {
        return core.await(listGuardsAsync());
    }

    // --- gates -------------------------------------------------------------------------------

    /** Gates before resources outside the store. */
    public Gates gates() {
        return gates;
    }

    // --- administration ----------------------------------------------------------------------

    /** All live sessions, by id. Pages are read one after the other: not one moment's picture. */
    public CompletableFuture<List<SessionInfo>> listSessionsAsync() {
        return new Listing<>(
                        core, Reply.Sessions.class, Reply.Sessions::sessions, Reply.Sessions::more)
                .read(
                        after ->
                                new Request.ListSessions(
                                        after.map(SessionInfo::id).orElse(SessionId.NONE),
                                        Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listSessionsAsync}. */
    public List<SessionInfo> listSessions() {
        return core.await(listSessionsAsync());
    }

    /**
     * Recorded rejections, oldest first.
     *
     * @param afterRevision only those first recorded at a higher revision; 0 for all
     */
    public CompletableFuture<List<Rejection>> listRejectionsAsync(long afterRevision) {
        return new Listing<>(
                        core,
                        Reply.Rejections.class,
                        Reply.Rejections::rejections,
                        Reply.Rejections::more)
                .read(
                        after ->
                                new Request.ListRejections(
                                        after.map(Rejection::revision).orElse(afterRevision),
                                        Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listRejectionsAsync}. */
    public List<Rejection> listRejections(long afterRevision) {
        return core.await(listRejectionsAsync(afterRevision));
    }

    /**
     * One recorded rejection; empty if it is not, or no longer, on record.
     *
     * @param revision the one that recorded it, from 1: {@link Rejection#revision}
     */
    public CompletableFuture<Optional<Rejection>> findRejectionAsync(long revision) {
        Check.atLeast(1, revision, "revision");
        return core.read(
                new Request.ListRejections(revision - 1, 1),
                reply ->
                        Replies.body(reply, Reply.Rejections.class).rejections().stream()
                                .filter(found -> found.revision() == revision)
                                .findFirst());
    }

    /** Blocking {@link #findRejectionAsync}. */
    public Optional<Rejection> findRejection(long revision) {
        return core.await(findRejectionAsync(revision));
    }

    /** All replicated settings. */
    public CompletableFuture<List<SettingInfo>> listSettingsAsync() {
        return core.read(
                new Request.ListSettings(),
                reply -> Replies.body(reply, Reply.Settings.class).settings());
    }

    /** Blocking {@link #listSettingsAsync}. */
    public List<SettingInfo> listSettings() {
        return core.await(listSettingsAsync());
    }

    /** Changes a replicated setting; {@link SettingInfo} has its range. */
    public CompletableFuture<WriteResult> changeSettingAsync(String name, long value) {
        return records.write(false, id -> new Request.ChangeSetting(id, name, value));
    }

    /** Blocking {@link #changeSettingAsync}. */
    public WriteResult changeSetting(String name, long value) {
        return core.await(changeSettingAsync(name, value));
    }

    /** All members of the cluster, as its leader sees them now. */
    public CompletableFuture<List<MemberInfo>> listMembersAsync() {
        return core.read(
                new Request.ListMembers(),
                reply -> Replies.body(reply, Reply.Members.class).members());
    }

    /** Blocking {@link #listMembersAsync}. */
    public List<MemberInfo> listMembers() {
        return core.await(listMembersAsync());
    }

    /**
     * Says what a node shall be to the cluster. Completes once that is in the log; the leader then
     * brings it about, however long it takes: {@link #listMembers} shows how far it is.
     *
     * <p>A new node is one that was started with an empty directory and without {@code
     * --bootstrap}; it is a learner until it has the log. Until such a node has asked to join, or
     * while too few of the voters that would remain are heard, this is tried again, and then fails
     * with UNAVAILABLE. Not sent again once it may be in the log: OUTCOME_UNKNOWN is final.
     *
     * @param node a new node by its peer address; a member by its peer or client address
     * @param role {@link MemberRole#NONE} lets it leave for good: it may come back only with an
     *     empty directory, as a new node
     */
    public CompletableFuture<WriteResult> placeMemberAsync(String node, MemberRole role) {
        return core.writeOnce(new Request.PlaceMember(node, role), Replies::write);
    }

    /** Blocking {@link #placeMemberAsync}. */
    public WriteResult placeMember(String node, MemberRole role) {
        return core.await(placeMemberAsync(node, role));
    }

    /**
     * Asks the leader to leave the lead to another voter. Completes once that has begun; it may
     * still fail, then the leader stays.
     *
     * @param node by its peer or client address; empty: the one that has most of the log
     */
    public CompletableFuture<Void> transferLeadershipAsync(String node) {
        return core.writeOnce(
                        new Request.TransferLeadership(node),
                        reply -> Replies.body(reply, Reply.Nothing.class))
                .thenAccept(begun -> {});
    }

    /** Blocking {@link #transferLeadershipAsync}. */
    public void transferLeadership(String node) {
        core.await(transferLeadershipAsync(node));
    }

    /**
     * What one node says of itself; no other node is asked instead.
     *
     * @param endpoint {@code host:port}, of the client's endpoints or not
     */
    public CompletableFuture<NodeStatus> statusAsync(String endpoint) {
        Endpoints.parse(endpoint);
        return core.readFrom(
                endpoint,
                new Request.Status(),
                reply -> Replies.body(reply, Reply.Node.class).status());
    }

    /** Blocking {@link #statusAsync}. */
    public NodeStatus status(String endpoint) {
        return core.await(statusAsync(endpoint));
    }

    /**
     * How one node sees itself and the others: suspicion, rhythm, clocks, disks; no other node is
     * asked instead.
     *
     * @param endpoint {@code host:port}, of the client's endpoints or not
     */
    public CompletableFuture<NodeHealth> healthAsync(String endpoint) {
        Endpoints.parse(endpoint);
        return core.readFrom(
                endpoint,
                new Request.Health(),
                reply -> Replies.body(reply, Reply.Health.class).health());
    }

    /** Blocking {@link #healthAsync}. */
    public NodeHealth health(String endpoint) {
        return core.await(healthAsync(endpoint));
    }

    // --- the client itself -------------------------------------------------------------------

    /**
     * This client's identity in the store: opened by the first write or lock, renewed by itself.
     */
    public Session session() {
        return session;
    }

    /**
     * The highest hybrid logical stamp that this client has seen: every write it sends gets a
     * higher one. {@link HybridTimestamp#ZERO} if it has seen none.
     */
    public HybridTimestamp lastSeenStamp() {
        return core.lastSeenStamp();
    }

    /**
     * Makes every later write's stamp greater than {@code stamp}: for causality that travels
     * outside the store. A stamp too far ahead of the leader's clock makes writes fail with
     * CLOCK_SKEW.
     */
    public void observe(HybridTimestamp stamp) {
        core.observe(stamp);
    }

    /** The highest revision that this client has seen: for {@link ReadOptions#atLeast}. */
    public long lastSeenRevision() {
        return core.lastSeenRevision();
    }

    /**
     * Ends the session in the store, so that its locks are free at once; waits for that for 2 s at
     * most. Requests that wait end with {@link UnavailableException}, or {@link
     * OutcomeUnknownException} if they may have applied; later ones are refused with
     * IllegalStateException. Idempotent.
     */
    @Override
    public void close() {
        CompletableFuture<Void> closed = core.close();
        if (core.isLoopThread()) {
            return; // It completes by itself; waiting here would stop it.
        }
        try {
            closed.get(CLOSE_TIMEOUT.toMillis() + 500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The session then ends by its TTL.
        }
    }

    /**
     * As {@link #close}, without waiting: completes when the session has ended in the store or
     * cannot be ended in time, 2 s at most. Never fails.
     */
    public CompletableFuture<Void> closeAsync() {
        return core.close();
    }

    static Duration closeTimeout() {
        return CLOSE_TIMEOUT;
    }
}
