package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestRouterTest {
    private static final Key KEY = Key.of("a");
    private static final LockName LOCK = new LockName("L");
    private static final long TTL_MS = 2_000;

    private final RecordingConnection client = new RecordingConnection();
    private FakeReplicator log;
    private RequestRouter router;
    private long correlation;
    private long sequence;

    @BeforeEach
    void start() {
        log = new FakeReplicator(this::waitsEnded);
        router = new RequestRouter(log, REPORT, () -> 4L << 30);
    }

    private void waitsEnded(List<WaitEnded> ended) {
        router.waitsEnded(ended);
    }

    @AfterEach
    void stop() {
        log.close();
    }

    private static final NodeReport REPORT =
            new NodeReport() {
                @Override
                public NodeStatus status() {
                    return STATUS;
                }

                @Override
                public NodeHealth health() {
                    return HEALTH;
                }

                @Override
                public StateExtent extent() {
                    throw new AssertionError("no request asks");
                }
            };

    private static final NodeHealth HEALTH =
            new NodeHealth(
                    "client:1", NodeRole.LEADER, 400, ClockVerdict.WITHIN, 0, 0, 0, 0, List.of());

    private static final NodeStatus STATUS =
            new NodeStatus(
                    "client:1",
                    7,
                    new ClusterId(1, 2),
                    NodeRole.LEADER,
                    "client:1",
                    1,
                    0,
                    0,
                    HybridTimestamp.ZERO,
                    0,
                    0,
                    1,
                    0,
                    0,
                    0,
                    0,
                    List.of(),
                    "test");

    private void ask(RecordingConnection connection, Request request) {
        correlation++;
        router.handle(connection, correlation, HybridTimestamp.ZERO, request);
    }

    private Reply asked(Request request) {
        ask(client, request);
        return client.only();
    }

    private SessionId openSession(RecordingConnection connection, long nonce) {
        ask(
                connection,
                new Request.OpenSession(new SessionNonce(nonce, 1), TTL_MS, SessionLabel.NONE));
        return ((Reply.SessionOpened) connection.only().body()).session();
    }

    private RequestId next(SessionId session) {
        sequence++;
        return new RequestId(session, sequence, 1);
    }

    private Request.Put put(RequestId id, String value, Fence... fences) {
        return new Request.Put(
                id, List.of(fences), KEY, Value.of(value), Request.ANY_REVISION, false);
    }

    private Request.Get get(Fence... fences) {
        return new Request.Get(KEY, ReadMode.LINEARIZABLE, 0, List.of(fences));
    }

    private Request.Acquire acquire(SessionId session, long owner, long waitMs) {
        return new Request.Acquire(next(session), LOCK, owner, waitMs, 0);
    }

    private FencingToken granted(Request.Acquire acquire) {
        return ((Reply.Token) asked(acquire).body()).token();
    }

    @Test
    void whatWasPutIsRead() {
        Reply written = asked(put(RequestId.NONE, "1"));
        assertThat(written.status()).isEqualTo(Status.OK);
        assertThat(written.revision()).isEqualTo(2);
        Reply read = asked(get());
        assertThat(((Reply.Found) read.body()).record().value()).isEqualTo(Value.of("1"));
        assertThat(read.revision()).isEqualTo(2);
        assertThat(read.stamp()).isEqualTo(written.stamp());
    }

    @Test
    void nodeThatDoesNotLeadNamesTheOneThatDoes() {
        log.lead(new Leadership(NodeRole.FOLLOWER, false, 3, "peer:2", "client:2"));
        Reply reply = asked(put(RequestId.NONE, "1"));
        assertThat(reply.status()).isEqualTo(Status.NOT_LEADER);
        assertThat(reply.body()).isEqualTo(new Reply.NotLeader("client:2"));
    }

    @Test
    void nodeThatIsBehindDoesNotRefuseWhatTheClusterHasLearntSince() {
        SessionId session = openSession(client, 5);
        Transaction transaction =
                new Transaction(List.of(), List.of(new Operation.Get(KEY)), List.of());
        List<Request> newer =
                List.of(
                        new Request.Increment(next(session), List.of(), KEY, 1),
                        new Request.Append(next(session), List.of(), KEY, Value.of("x")),
                        new Request.Transact(next(session), List.of(), transaction),
                        new Request.AcquireShared(next(session), new LockName("L"), 1, 1_000, 1));
        for (Request request : newer) {
            assertThat(asked(request).status()).isEqualTo(Status.UNSUPPORTED);
        }
        log.lead(new Leadership(NodeRole.FOLLOWER, false, 3, "peer:2", "client:2"));
        for (Request request : newer) {
            assertThat(asked(request).status()).isEqualTo(Status.NOT_LEADER);
        }
    }

    @Test
    void leaderThatIsNotReadyAsksForPatience() {
        log.lead(new Leadership(NodeRole.LEADER, false, 3, "peer:1", "client:1"));
        assertThat(asked(put(RequestId.NONE, "1")).status()).isEqualTo(Status.UNAVAILABLE);
    }

    @Test
    void stampTooFarAheadIsRefusedWithBothReadings() {
        HybridTimestamp ahead = HybridTimestamp.ofMillis(9_000_000);
        router.handle(client, 1, ahead, put(RequestId.NONE, "1"));
        Reply reply = client.only();
        assertThat(reply.status()).isEqualTo(Status.CLOCK_SKEW);
        assertThat(((Reply.ClockSkew) reply.body()).received()).isEqualTo(ahead);
        assertThat(asked(get()).status()).isEqualTo(Status.NOT_FOUND);
    }

    @Test
    void readsAreNeverRefusedForSkew() {
        router.handle(client, 1, HybridTimestamp.ofMillis(9_000_000), get());
        assertThat(client.only().status()).isEqualTo(Status.NOT_FOUND);
    }

    @Test
    void sessionIsUsedOnlyByWhoShowsItsNonce() {
        SessionId session = openSession(client, 5);
        RecordingConnection stranger = new RecordingConnection();
        ask(stranger, put(new RequestId(session, 1, 1), "1"));
        assertThat(stranger.only().status()).isEqualTo(Status.FORBIDDEN);

        ask(stranger, hello(session, new SessionNonce(6, 1)));
        assertThat(stranger.only().status()).isEqualTo(Status.FORBIDDEN);
        ask(stranger, put(new RequestId(session, 1, 1), "1"));
        assertThat(stranger.only().status()).isEqualTo(Status.FORBIDDEN);

        ask(stranger, hello(session, new SessionNonce(5, 1)));
        assertThat(stranger.only().status()).isEqualTo(Status.OK);
        ask(stranger, put(new RequestId(session, 1, 1), "1"));
        assertThat(stranger.only().status()).isEqualTo(Status.OK);
    }

    @Test
    void sessionThatIsBeingOpenedIsNotForWhoeverGuessesItsId() {
        SessionId next = new SessionId(1);
        RecordingConnection thief = new RecordingConnection();
        ask(thief, hello(next, new SessionNonce(6, 6)));
        assertThat(thief.only().status()).isEqualTo(Status.OK); // This node may be behind.
        log.hold();
        ask(client, new Request.OpenSession(new SessionNonce(5, 1), TTL_MS, SessionLabel.NONE));
        ask(thief, put(new RequestId(next, 1, 1), "stolen"));
        ask(thief, new Request.RenewSession(next));
        log.release();
        assertThat(client.only().status()).isEqualTo(Status.OK);
        assertThat(thief.told())
                .extracting(told -> told.reply().status())
                .containsExactly(Status.FORBIDDEN, Status.FORBIDDEN);
        assertThat(asked(get()).status()).isEqualTo(Status.NOT_FOUND);
    }

    @Test
    void renewalOfASessionThatAFollowerDoesNotKnowYetIsSentToTheLeader() {
        SessionId unknown = new SessionId(9);
        asked(hello(unknown, new SessionNonce(9, 1)));
        log.lead(new Leadership(NodeRole.FOLLOWER, false, 3, "peer:2", "client:2"));
        assertThat(asked(new Request.RenewSession(unknown)).status()).isEqualTo(Status.NOT_LEADER);
    }

    @Test
    void nodeThatHasAppliedNothingSaysNothingOfItsKeys() {
        asked(put(RequestId.NONE, "1"));
        log.forget();
        assertThat(asked(get()).status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(asked(new Request.Get(KEY, ReadMode.STALE, 0, List.of())).status())
                .isEqualTo(Status.UNAVAILABLE);
        assertThat(asked(new Request.ListLocks("", 10)).status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(asked(new Request.InspectLock(LOCK, ReadMode.STALE)).status())
                .isEqualTo(Status.UNAVAILABLE);
    }

    private static Request.Hello hello(SessionId session, SessionNonce nonce) {
        return new Request.Hello(1, 1, 0, "test", session, nonce);
    }

    @Test
    void connectionThatHadManySessionsCanOpenMoreOnceSomeHaveEnded() {
        for (int i = 1; i <= 64; i++) {
            openSession(client, i);
        }
        Request.OpenSession another =
                new Request.OpenSession(new SessionNonce(65, 1), TTL_MS, SessionLabel.NONE);
        assertThat(asked(another).status()).isEqualTo(Status.FORBIDDEN);
        assertThat(asked(hello(new SessionId(99), new SessionNonce(9, 9))).status())
                .isEqualTo(Status.FORBIDDEN);

        asked(new Request.CloseSession(next(new SessionId(3))));
        SessionId opened = ((Reply.SessionOpened) asked(another).body()).session();
        assertThat(asked(new Request.RenewSession(opened)).status()).isEqualTo(Status.OK);
        assertThat(asked(new Request.RenewSession(new SessionId(64))).status())
                .isEqualTo(Status.OK);
        assertThat(asked(new Request.RenewSession(new SessionId(3))).status())
                .isEqualTo(Status.FORBIDDEN);
    }

    @Test
    void sessionThatThisNodeHasNotAppliedYetStaysBound() {
        SessionId future = new SessionId(1);
        assertThat(asked(hello(future, new SessionNonce(1, 1))).status()).isEqualTo(Status.OK);
        for (int i = 2; i <= 64; i++) {
            asked(hello(new SessionId(i), new SessionNonce(i, 1)));
        }
        assertThat(asked(hello(new SessionId(65), new SessionNonce(65, 1))).status())
                .isEqualTo(Status.FORBIDDEN);
        openSession(new RecordingConnection(), 1);
        assertThat(asked(new Request.RenewSession(future)).status()).isEqualTo(Status.OK);
    }

    @Test
    void sessionThatIsOpenIsNeverReportedAsRefused() {
        log.hold();
        for (int i = 1; i <= 65; i++) {
            ask(client, new Request.OpenSession(new SessionNonce(i, 1), TTL_MS, SessionLabel.NONE));
        }
        log.release();
        assertThat(client.told()).extracting(told -> told.reply().status()).containsOnly(Status.OK);
        assertThat(asked(new Request.RenewSession(new SessionId(65))).status())
                .isEqualTo(Status.OK);
    }

    @Test
    void retryHearsTheOutcomeOfTheFirstAttempt() {
        SessionId session = openSession(client, 5);
        Request.Put put = put(next(session), "1");
        Reply first = asked(put);
        assertThat(asked(put)).isEqualTo(first);
        assertThat(((Reply.Found) asked(get()).body()).record().version()).isEqualTo(1);
    }

    @Test
    void staleTokenIsRefusedWithEvidence() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        asked(new Request.Release(next(session), LOCK, token));
        FencingToken newer = granted(acquire(session, 2, 0));
        Reply reply = asked(put(RequestId.NONE, "late", new Fence(LOCK, token)));
        assertThat(reply.status()).isEqualTo(Status.FENCED);
        Reply.Fenced fenced = (Reply.Fenced) reply.body();
        assertThat(fenced.violations().get(0).reason()).isEqualTo(FenceReason.SUPERSEDED);
        assertThat(fenced.violations().get(0).live()).isEqualTo(newer);
    }

    @Test
    void fencedReadIsRefusedOnceTheTokenIsDead() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        asked(put(RequestId.NONE, "1"));
        assertThat(asked(get(new Fence(LOCK, token))).status()).isEqualTo(Status.OK);
        asked(new Request.Release(next(session), LOCK, token));
        assertThat(asked(get(new Fence(LOCK, token))).status()).isEqualTo(Status.FENCED);
    }

    @Test
    void waiterHearsQueuedAndThenItsToken() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        ask(client, acquire(session, 2, 10_000));
        long waiting = correlation;
        List<RecordingConnection.Told> queued = client.told();
        assertThat(queued).hasSize(1);
        assertThat(queued.get(0).reply().status()).isEqualTo(Status.QUEUED);
        assertThat(queued.get(0).more()).isTrue();

        ask(client, new Request.Release(next(session), LOCK, token));
        List<RecordingConnection.Told> told = client.told();
        assertThat(told).hasSize(2);
        RecordingConnection.Told end = told.get(1);
        assertThat(end.correlation()).isEqualTo(waiting);
        assertThat(end.more()).isFalse();
        assertThat(end.reply().status()).isEqualTo(Status.OK);
        assertThat(((Reply.Token) end.reply().body()).token()).isGreaterThan(token);
    }

    @Test
    void whoAsksAgainHearsTheEndOnTheLastRequest() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        ask(client, acquire(session, 2, 10_000));
        long first = correlation;
        ask(client, acquire(session, 2, 10_000));
        long second = correlation;
        assertThat(client.told())
                .extracting(
                        RecordingConnection.Told::correlation,
                        told -> told.reply().status(),
                        RecordingConnection.Told::more)
                .containsExactly(
                        tuple(first, Status.QUEUED, true),
                        tuple(second, Status.QUEUED, true),
                        tuple(first, Status.QUEUED, false));
        ask(client, new Request.Release(next(session), LOCK, token));
        assertThat(client.told())
                .extracting(RecordingConnection.Told::correlation, told -> told.reply().status())
                .containsExactly(tuple(second + 1, Status.OK), tuple(second, Status.OK));
    }

    @Test
    void waiterHearsThatItsTimeIsOver() {
        SessionId holder = openSession(client, 5);
        granted(acquire(holder, 1, 0));
        ask(client, acquire(holder, 2, 300));
        client.told();
        log.elapse(500);
        assertThat(client.only().status()).isEqualTo(Status.LOCK_BUSY);
    }

    @Test
    void waiterHearsThatItsSessionIsOver() {
        SessionId holder = openSession(client, 5);
        granted(acquire(holder, 1, 0));
        SessionId other = openSession(client, 6);
        sequence = 0;
        ask(client, acquire(other, 1, 60_000));
        client.told();
        log.elapse(TTL_MS + 300);
        assertThat(client.only().status()).isEqualTo(Status.SESSION_EXPIRED);
    }

    @Test
    void retryOfAWaitThatWasGrantedMeanwhileHearsTheGrant() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        Request.Acquire waiting = acquire(session, 2, 10_000);
        RecordingConnection lost = new RecordingConnection();
        ask(lost, hello(session, new SessionNonce(5, 1)));
        ask(lost, waiting);
        router.closed(lost);
        asked(new Request.Release(next(session), LOCK, token));

        ask(client, waiting);
        List<RecordingConnection.Told> told = client.told();
        assertThat(told)
                .extracting(one -> one.reply().status())
                .containsExactly(Status.QUEUED, Status.OK);
        assertThat(((Reply.Token) told.get(1).reply().body()).token()).isGreaterThan(token);
    }

    @Test
    void retryOfAWaitThatEndedIsNotAnsweredWithAGrantOfAnotherUse() {
        SessionId session = openSession(client, 5);
        log.apply(new Command.RaiseLevel(KvStateMachine.FEATURE_LEVEL_SHARED_LOCKS));
        FencingToken token = granted(acquire(session, 1, 0));
        Request.AcquireShared reading =
                new Request.AcquireShared(next(session), LOCK, 2, 10_000, 0);
        ask(client, reading);
        ask(client, new Request.CancelWait(next(session), LOCK, 2));
        client.told();

        // The same owner waits to have it alone: a late copy of the reader's request comes.
        Request.Acquire writing = acquire(session, 2, 10_000);
        ask(client, writing);
        long waiting = correlation;
        assertThat(client.only().status()).isEqualTo(Status.QUEUED);
        assertThat(statusesOf(reading)).containsExactly(Status.QUEUED, Status.LOCK_BUSY);

        ask(client, new Request.Release(next(session), LOCK, token));
        assertThat(client.told())
                .extracting(RecordingConnection.Told::correlation, told -> told.reply().status())
                .contains(tuple(waiting, Status.OK));
        assertThat(statusesOf(reading)).containsExactly(Status.QUEUED, Status.LOCK_BUSY);
        assertThat(statusesOf(writing)).containsExactly(Status.QUEUED, Status.OK);
    }

    private List<Status> statusesOf(Request request) {
        ask(client, request);
        return client.told().stream().map(told -> told.reply().status()).toList();
    }

    @Test
    void waiterIsFoundAgainWhenASnapshotTakesThePlaceOfTheState() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        ask(client, acquire(session, 2, 10_000));
        client.told();
        // Applied by entries that this node only knows from the snapshot: nobody told the waiter.
        router = new SilencedRouter(router).silently(() -> log.apply(release(session, token)));
        router.stateReplaced();
        assertThat(client.only().status()).isEqualTo(Status.OK);
    }

    private Command.Release release(SessionId session, FencingToken token) {
        return new Command.Release(next(session), LOCK, token);
    }

    /** Lets something happen without the router hearing of it. */
    private final class SilencedRouter {
        private final RequestRouter real;

        SilencedRouter(RequestRouter real) {
            this.real = real;
        }

        RequestRouter silently(Runnable work) {
            router = new RequestRouter(log, REPORT, () -> 4L << 30);
            work.run();
            return real;
        }
    }

    @Test
    void renewalListsTheTokensThatLive() {
        SessionId session = openSession(client, 5);
        FencingToken token = granted(acquire(session, 1, 0));
        Reply renewed = asked(new Request.RenewSession(session));
        assertThat(((Reply.Renewed) renewed.body()).liveTokens()).containsExactly(token);
        asked(new Request.Revoke(RequestId.NONE, LOCK, FencingToken.NONE));
        Reply after = asked(new Request.RenewSession(session));
        assertThat(((Reply.Renewed) after.body()).liveTokens()).isEmpty();
    }

    @Test
    void renewalOfAnEndedSessionIsExpired() {
        SessionId session = openSession(client, 5);
        log.elapse(TTL_MS + 300);
        assertThat(asked(new Request.RenewSession(session)).status())
                .isEqualTo(Status.SESSION_EXPIRED);
    }

    @Test
    void staleReadThatWantsMoreThanIsAppliedIsSentElsewhere() {
        asked(put(RequestId.NONE, "1"));
        Reply reply = asked(new Request.Get(KEY, ReadMode.STALE, 99, List.of()));
        assertThat(reply.status()).isEqualTo(Status.UNAVAILABLE);
        Reply stale = asked(new Request.Get(KEY, ReadMode.STALE, 1, List.of()));
        assertThat(stale.status()).isEqualTo(Status.OK);
        assertThat(((Reply.Found) stale.body()).ageMs()).isEqualTo(log.ageMs());
    }

    @Test
    void unknownSettingIsRefusedBeforeTheLog() {
        Reply reply = asked(new Request.ChangeSetting(RequestId.NONE, "nonsense", 1));
        assertThat(reply.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(((Reply.Message) reply.body()).text()).contains("kvcli setting list");
    }

    @Test
    void quotaThatTheMachineCannotHoldIsRefusedBeforeTheLog() {
        String name = "store-quota-bytes";
        assertThat(asked(new Request.ChangeSetting(RequestId.NONE, name, 2L << 30)).status())
                .isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(asked(new Request.ChangeSetting(RequestId.NONE, name, 1L << 30)).status())
                .isEqualTo(Status.OK);
    }

    @Test
    void staleReadThatShowsATokenIsRefused() {
        Fence fence = new Fence(LOCK, new FencingToken(1));
        Reply reply = asked(new Request.Get(KEY, ReadMode.STALE, 0, List.of(fence)));
        assertThat(reply.status()).isEqualTo(Status.INVALID_ARGUMENT);
    }

    @Test
    void listingFromAnImpossibleNameIsRefusedAndDisturbsNobody() {
        assertThat(asked(new Request.ListLocks("\u0001", 10)).status())
                .isEqualTo(Status.INVALID_ARGUMENT);
    }

    @Test
    void longListingsComeInPages() {
        for (int i = 0; i < 3; i++) {
            SessionId session = openSession(client, 100 + i);
            sequence = 0;
            asked(new Request.Acquire(next(session), new LockName("lock" + i), 1, 0, 0));
        }
        Reply.Locks first = (Reply.Locks) asked(new Request.ListLocks("", 2)).body();
        assertThat(first.more()).isTrue();
        assertThat(first.locks())
                .extracting(lock -> lock.name().value())
                .containsExactly("lock0", "lock1");
        Reply.Locks second = (Reply.Locks) asked(new Request.ListLocks("lock1", 2)).body();
        assertThat(second.more()).isFalse();
        assertThat(second.locks()).hasSize(1);
        Reply.Sessions sessions =
                (Reply.Sessions) asked(new Request.ListSessions(SessionId.NONE, 3)).body();
        assertThat(sessions.more()).isFalse();
        assertThat(sessions.sessions()).hasSize(3);
    }

    @Test
    void guardsComeInPages() {
        for (String prefix : List.of("a/", "b/", "c/")) {
            Guard guard = new Guard(Key.of(prefix), LOCK, GuardRule.STRICT, GuardMode.OBSERVE);
            asked(new Request.SetGuard(RequestId.NONE, guard, false));
        }
        Reply.Guards first =
                (Reply.Guards) asked(new Request.ListGuards(Optional.empty(), 2)).body();
        assertThat(first.more()).isTrue();
        assertThat(first.guards())
                .extracting(info -> info.guard().prefix())
                .containsExactly(Key.of("a/"), Key.of("b/"));
        Reply.Guards second =
                (Reply.Guards) asked(new Request.ListGuards(Optional.of(Key.of("b/")), 2)).body();
        assertThat(second.more()).isFalse();
        assertThat(second.guards()).hasSize(1);
    }

    @Test
    void pageOfLocksWithLongQueuesWeighsNoMoreThanAFrame() {
        SessionId holder = openSession(client, 1);
        int locks = 20;
        int waiters = 1001;
        for (int i = 0; i < locks; i++) {
            log.apply(acquireOf(holder, i, 0));
        }
        for (int w = 0; w < waiters; w++) {
            RecordingConnection other = new RecordingConnection();
            SessionId session = openSession(other, 10 + w);
            Command[] waits = new Command[locks];
            for (int i = 0; i < locks; i++) {
                waits[i] = acquireOf(session, i, 60_000);
            }
            log.apply(waits);
        }
        List<LockInfo> listed = new ArrayList<>();
        int pages = 0;
        boolean more = true;
        while (more) {
            String after = listed.isEmpty() ? "" : listed.get(listed.size() - 1).name().value();
            Reply.Locks page = (Reply.Locks) asked(new Request.ListLocks(after, 1000)).body();
            assertThat(Weight.of(page)).isLessThan(2 * Limits.FRAME_BYTES_MAX);
            ByteBuf frame = Unpooled.buffer();
            Reply reply = new Reply(Opcode.LIST_LOCKS, Status.OK, 1, HybridTimestamp.ZERO, page);
            ReplyCodec.encode(reply, 1, false, frame);
            assertThat((long) frame.readableBytes()).isLessThan(Weight.of(page));
            listed.addAll(page.locks());
            more = page.more();
            pages++;
        }
        assertThat(pages).isGreaterThan(1);
        assertThat(listed).hasSize(locks);
        assertThat(listed).allMatch(lock -> lock.waiters() == waiters);
        assertThat(listed).allMatch(lock -> lock.queue().size() == Limits.LIST_ROWS_MAX);
    }

    private Command.Acquire acquireOf(SessionId session, int lock, long waitMs) {
        return new Command.Acquire(
                new RequestId(session, lock + 1, 1),
                new LockName("lock%02d".formatted(lock)),
                1,
                waitMs,
                0);
    }

    @Test
    void poisonedNodeServesNothing() {
        asked(put(RequestId.NONE, "1"));
        log.poison();
        assertThat(asked(get()).status()).isEqualTo(Status.UNAVAILABLE);
    }
}
