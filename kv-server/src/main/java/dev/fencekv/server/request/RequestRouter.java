package dev.fencekv.server.request;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.Proposal;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.Replicator;
import dev.fencekv.server.replication.StampAdmission;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.LockUse;
import dev.fencekv.server.state.StateView;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes each request to where it is decided: writes to the log, reads to the state. Refuses before
 * the log only what does not depend on the state, because the frame may be a retry of a command
 * that was applied long ago. Safe from any thread.
 */
public final class RequestRouter implements RequestHandler {
    /** The protocol versions that this release speaks. */
    public static final int PROTOCOL_VERSION = 1;

    private final Replicator replicator;
    private final NodeReport report;
    private final MachineMemory memory;
    private final Reads reads;
    private final RangeReads rangeReads;
    private final Acquires acquires;
    private final SessionUse sessionUse;
    private final Watches watches;

    public RequestRouter(Replicator replicator, NodeReport report, MachineMemory memory) {
        this.memory = memory;
        this.replicator = replicator;
        this.report = report;
        this.reads = new Reads(replicator);
        this.rangeReads = new RangeReads(reads);
        this.acquires = new Acquires(replicator.applied());
        this.sessionUse = new SessionUse(replicator.applied());
        this.watches = new Watches(replicator);
    }

    @Override
    public void handle(
            ClientConnection connection, long correlation, HybridTimestamp seen, Request request) {
        Caller caller = new Caller(replicator.applied(), connection, correlation, request.opcode());
        try {
            route(caller, correlation, seen, request);
        } catch (IllegalArgumentException e) {
            caller.refuse(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        } catch (PoisonedException e) {
            caller.refuse(Status.UNAVAILABLE, "this node has stopped: ask another one");
        }
    }

    private void route(Caller caller, long correlation, HybridTimestamp seen, Request request) {
        switch (request.opcode()) {
            case HELLO -> hello(caller, (Request.Hello) request);
            case PING -> caller.send(Status.OK, Reply.NOTHING);
            case STATUS -> caller.send(Status.OK, new Reply.Node(report.status()));
            case HEALTH -> caller.send(Status.OK, new Reply.Health(report.health()));
            case GET -> reads.get(caller, (Request.Get) request);
            case RANGE -> rangeReads.range(caller, (Request.Range) request);
            case GET_MANY -> rangeReads.getMany(caller, (Request.GetMany) request);
            case PUT -> write(caller, seen, CommandMapper.put((Request.Put) request));
            case DELETE -> write(caller, seen, CommandMapper.delete((Request.Delete) request));
            case INCREMENT ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_NUMBERS,
                            caller,
                            seen,
                            CommandMapper.increment((Request.Increment) request));
            case APPEND ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_NUMBERS,
                            caller,
                            seen,
                            CommandMapper.append((Request.Append) request));
            case TRANSACT ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_TRANSACTIONS,
                            caller,
                            seen,
                            CommandMapper.transact((Request.Transact) request));
            case TTL -> reads.ttl(caller, (Request.Ttl) request);
            case OPEN_SESSION ->
                    openSession(caller, correlation, seen, (Request.OpenSession) request);
            case RENEW_SESSION -> renew(caller, correlation, (Request.RenewSession) request);
            case CLOSE_SESSION ->
                    write(caller, seen, CommandMapper.closeSession((Request.CloseSession) request));
            case LIST_SESSIONS -> listSessions(caller, (Request.ListSessions) request);
            case ACQUIRE -> acquire(caller, correlation, seen, (Request.Acquire) request);
            case RELEASE -> write(caller, seen, CommandMapper.release((Request.Release) request));
            case CANCEL_WAIT ->
                    write(caller, seen, CommandMapper.cancelWait((Request.CancelWait) request));
            case REVOKE -> write(caller, seen, CommandMapper.revoke((Request.Revoke) request));
            case INSPECT_LOCK -> inspectLock(caller, (Request.InspectLock) request);
            case ACQUIRE_SHARED ->
                    acquireShared(caller, correlation, seen, (Request.AcquireShared) request);
            case LIST_HOLDERS -> listHolders(caller, (Request.ListHolders) request);
            case RECLAIM ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_RECLAIM,
                            caller,
                            seen,
                            CommandMapper.reclaim((Request.Reclaim) request));
            case LIST_LOCKS -> listLocks(caller, (Request.ListLocks) request);
            case SET_GUARD ->
                    write(caller, seen, CommandMapper.setGuard((Request.SetGuard) request));
            case REMOVE_GUARD ->
                    write(caller, seen, CommandMapper.removeGuard((Request.RemoveGuard) request));
            case LIST_GUARDS -> listGuards(caller, (Request.ListGuards) request);
            case ADMIT ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_GATES,
                            caller,
                            seen,
                            CommandMapper.admit((Request.Admit) request));
            case REMOVE_GATE ->
                    writeAtLevel(
                            KvStateMachine.FEATURE_LEVEL_GATES,
                            caller,
                            seen,
                            CommandMapper.removeGate((Request.RemoveGate) request));
            case LIST_GATES -> listGates(caller, (Request.ListGates) request);
            case LIST_REJECTIONS -> listRejections(caller, (Request.ListRejections) request);
            case CHANGE_SETTING -> changeSetting(caller, seen, (Request.ChangeSetting) request);
            case LIST_SETTINGS -> list(caller, view -> new Reply.Settings(view.settings()));
            case LIST_MEMBERS -> listMembers(caller);
            case PLACE_MEMBER -> placeMember(caller, (Request.PlaceMember) request);
            case WATCH, WATCH_LOCKS, WATCH_REJECTIONS ->
                    watches.watch(caller, correlation, (Request.Watching) request);
            case CANCEL_WATCH -> cancelWatch(caller, (Request.CancelWatch) request);
            case TRANSFER_LEADERSHIP ->
                    transferLeadership(caller, (Request.TransferLeadership) request);
        }
    }

    private void hello(Caller caller, Request.Hello hello) {
        if (!hello.session().isNone() && !bind(caller, hello.session(), hello.nonce())) {
            return;
        }
        caller.send(
                Status.OK,
                new Reply.Hello(
                        PROTOCOL_VERSION,
                        0,
                        replicator.cluster(),
                        replicator.nodeId(),
                        replicator.leadership().leaderClient()));
    }

    private boolean bind(Caller caller, SessionId session, SessionNonce nonce) {
        if (!sessionUse.isCredible(session, nonce)) {
            forbid(caller, session);
            return false;
        }
        if (!sessionUse.bind(caller.connection().state(), session, nonce)) {
            refuseAnotherSession(caller);
            return false;
        }
        return true;
    }

    private static void refuseAnotherSession(Caller caller) {
        caller.refuse(
                Status.FORBIDDEN,
                "one connection has at most " + ConnectionState.SESSIONS_MAX + " live sessions");
    }

    private static void forbid(Caller caller, SessionId session) {
        caller.refuse(
                Status.FORBIDDEN,
                "session " + session + " is not bound here: show its nonce in a HELLO");
    }

    private void write(Caller caller, HybridTimestamp seen, Command command) {
        if (admits(caller, seen, command.id().session())) {
            replicator.propose(new Proposal(command, seen, caller));
        }
    }

    /**
     * As {@link #write}; a node of an older release would stop at it.
     *
     * <p>HAZARD: who does not lead may be behind, and know a lower level than the cluster has. It
     * would refuse for good what the leader takes: it must name the leader instead.
     */
    private void writeAtLevel(int level, Caller caller, HybridTimestamp seen, Command command) {
        if (admits(caller, seen, command.id().session()) && isAtLevel(level, caller)) {
            replicator.propose(new Proposal(command, seen, caller));
        }
    }

    /** To be asked by who leads, and so has applied all before. If not, the caller was told. */
    private boolean isAtLevel(int level, Caller caller) {
        if (replicator.applied().read(KvStateMachine::featureLevel) < level) {
            caller.refuse(
                    Status.UNSUPPORTED,
                    "not all nodes of the cluster run a release that can do this");
            return false;
        }
        return true;
    }

    /** Whether a command may be proposed here; if not, the caller has been told why. */
    private boolean admits(Caller caller, HybridTimestamp seen, SessionId session) {
        if (!admits(caller, session)) {
            return false;
        }
        StampAdmission.Verdict verdict = replicator.admission().judge(seen);
        if (!verdict.accepted()) {
            caller.send(Status.CLOCK_SKEW, new Reply.ClockSkew(seen, verdict.physicalMs()));
            return false;
        }
        return true;
    }

    /** As {@link #admits}, for what carries no stamp. */
    private boolean admits(Caller caller, SessionId session) {
        Leadership leadership = replicator.leadership();
        if (!leadership.ready()) {
            boolean soon = leadership.role() == NodeRole.LEADER;
            caller.refused(
                    soon
                            ? Refusal.unavailable(
                                    "this node has just been elected, or the cluster is not formed"
                                            + " yet: try again")
                            : Refusal.notLeader(leadership.leaderClient()));
            return false;
        }
        if (!sessionUse.isPermitted(caller.connection().state(), session)) {
            forbid(caller, session);
            return false;
        }
        return true;
    }

    /**
     * A quota that the nodes cannot hold must not reach the log: apply could not refuse it on one
     * node alone. This node speaks for all: members are expected to be machines of one size.
     */
    private void changeSetting(Caller caller, HybridTimestamp seen, Request.ChangeSetting request) {
        Command.ChangeSetting change = CommandMapper.changeSetting(request);
        long mostBytes = memory.storeQuotaBytesMax();
        if (change.setting() == Setting.STORE_QUOTA_BYTES && change.value() > mostBytes) {
            caller.refuse(
                    Status.INVALID_ARGUMENT,
                    "this machine's memory allows a quota of " + mostBytes + " bytes at most");
            return;
        }
        writeAtLevel(KvStateMachine.levelOf(change.setting()), caller, seen, change);
    }

    private void openSession(
            Caller caller, long correlation, HybridTimestamp seen, Request.OpenSession open) {
        if (!admits(caller, seen, SessionId.NONE)) {
            return;
        }
        if (!sessionUse.hasRoom(caller.connection().state())) {
            refuseAnotherSession(caller);
            return;
        }
        Caller completion =
                new Caller(
                        replicator.applied(),
                        caller.connection(),
                        correlation,
                        Opcode.OPEN_SESSION) {
                    @Override
                    public void applied(Outcome outcome) {
                        if (outcome.result() instanceof Outcome.SessionOpened opened) {
                            connection().state().bindOpened(opened.session(), open.nonce());
                        }
                        super.applied(outcome);
                    }
                };
        replicator.propose(new Proposal(CommandMapper.openSession(open), seen, completion));
    }

    private void renew(Caller caller, long correlation, Request.RenewSession renew) {
        SessionId session = renew.session();
        if (!admits(caller, session)) {
            return;
        }
        replicator.renew(
                session,
                new Caller(
                        replicator.applied(),
                        caller.connection(),
                        correlation,
                        Opcode.RENEW_SESSION) {
                    @Override
                    public void applied(Outcome outcome) {
                        reads.now(this, view -> renewed(view, session));
                    }
                });
    }

    private static Reads.Finding renewed(StateView view, SessionId session) {
        if (view.isLive(session)) {
            return Reads.Finding.ok(new Reply.Renewed(view.liveTokens(session)));
        }
        boolean forgotten = view.nonce(session).equals(SessionNonce.NONE);
        return new Reads.Finding(Status.SESSION_EXPIRED, new Reply.SessionExpired(forgotten));
    }

    private void acquire(
            Caller caller, long correlation, HybridTimestamp seen, Request.Acquire acquire) {
        if (!admits(caller, seen, acquire.id().session())) {
            return;
        }
        Command command = CommandMapper.acquire(acquire);
        Caller completion =
                acquire.waitMs() == 0
                        ? caller
                        : acquires.waiting(
                                caller.connection(),
                                correlation,
                                Opcode.ACQUIRE,
                                new LockWaits.Owner(
                                        acquire.id().session(), acquire.owner(), acquire.lock()),
                                LockUse.EXCLUSIVE);
        replicator.propose(new Proposal(command, seen, completion));
    }

    private void acquireShared(
            Caller caller, long correlation, HybridTimestamp seen, Request.AcquireShared acquire) {
        if (!admits(caller, seen, acquire.id().session())
                || !isAtLevel(KvStateMachine.FEATURE_LEVEL_SHARED_LOCKS, caller)) {
            return;
        }
        Caller completion =
                acquire.waitMs() == 0
                        ? caller
                        : acquires.waiting(
                                caller.connection(),
                                correlation,
                                Opcode.ACQUIRE_SHARED,
                                new LockWaits.Owner(
                                        acquire.id().session(), acquire.owner(), acquire.lock()),
                                LockUse.shared(acquire.permits()));
        replicator.propose(new Proposal(CommandMapper.acquireShared(acquire), seen, completion));
    }

    private void listHolders(Caller caller, Request.ListHolders request) {
        list(
                caller,
                view -> {
                    Page<HolderInfo> page =
                            Page.read(
                                    request.limit(),
                                    view.holders(request.lock(), request.after(), 1),
                                    last -> view.holders(request.lock(), last.grant().token(), 1),
                                    Weight::of);
                    return new Reply.Holders(page.rows(), page.more());
                });
    }

    /** Confirmed to lead after it was asked: a leader of yesterday would show yesterday's group. */
    private void listMembers(Caller caller) {
        if (!admits(caller, SessionId.NONE)) {
            return;
        }
        replicator.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        try {
                            caller.send(Status.OK, new Reply.Members(replicator.members()));
                        } catch (PoisonedException e) {
                            caller.refuse(
                                    Status.UNAVAILABLE, "this node has stopped: ask another one");
                        }
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        caller.refused(refusal);
                    }
                });
    }

    private void placeMember(Caller caller, Request.PlaceMember place) {
        if (admits(caller, SessionId.NONE)) {
            replicator.placeMember(place.node(), place.role(), caller);
        }
    }

    private void transferLeadership(Caller caller, Request.TransferLeadership transfer) {
        if (!admits(caller, SessionId.NONE)) {
            return;
        }
        Optional<Refusal> whyNot = replicator.transferLeadership(transfer.node());
        if (whyNot.isPresent()) {
            caller.refused(whyNot.get());
        } else {
            caller.send(Status.OK, Reply.NOTHING);
        }
    }

    private void cancelWatch(Caller caller, Request.CancelWatch cancel) {
        boolean found = watches.cancel(caller.connection(), cancel.watch());
        caller.send(found ? Status.OK : Status.NOT_FOUND, Reply.NOTHING);
    }

    private void inspectLock(Caller caller, Request.InspectLock inspect) {
        Function<StateView, Reads.Finding> look =
                view ->
                        view.lock(inspect.lock())
                                .map(
                                        lock ->
                                                Reads.Finding.ok(
                                                        new Reply.Locks(List.of(lock), false)))
                                .orElse(new Reads.Finding(Status.NOT_FOUND, Reply.NOTHING));
        if (inspect.mode() == ReadMode.LINEARIZABLE) {
            reads.linearizable(caller, look);
        } else {
            reads.now(caller, look);
        }
    }

    private void list(Caller caller, Function<StateView, Reply.Body> look) {
        reads.linearizable(caller, view -> Reads.Finding.ok(look.apply(view)));
    }

    private void listLocks(Caller caller, Request.ListLocks request) {
        list(
                caller,
                view -> {
                    Page<LockInfo> page =
                            Page.read(
                                    request.limit(),
                                    view.locks(request.after(), 1),
                                    last -> view.locks(last.name().value(), 1),
                                    Weight::of);
                    return new Reply.Locks(page.rows(), page.more());
                });
    }

    private void listGuards(Caller caller, Request.ListGuards request) {
        list(
                caller,
                view -> {
                    Page<GuardInfo> page =
                            Page.read(
                                    request.limit(),
                                    view.guards(request.after(), 1),
                                    last -> view.guards(Optional.of(last.guard().prefix()), 1),
                                    Weight::of);
                    return new Reply.Guards(page.rows(), page.more());
                });
    }

    private void listGates(Caller caller, Request.ListGates request) {
        list(
                caller,
                view -> {
                    Page<GateInfo> page =
                            Page.read(
                                    request.limit(),
                                    view.gates(request.after(), 1),
                                    last -> view.gates(last.resource().value(), 1),
                                    Weight::of);
                    return new Reply.Gates(page.rows(), page.more());
                });
    }

    private void listSessions(Caller caller, Request.ListSessions request) {
        list(
                caller,
                view -> {
                    Page<SessionInfo> page =
                            Page.read(
                                    request.limit(),
                                    view.sessions(request.after(), 1),
                                    last -> view.sessions(last.id(), 1),
                                    Weight::of);
                    return new Reply.Sessions(page.rows(), page.more());
                });
    }

    private void listRejections(Caller caller, Request.ListRejections request) {
        list(
                caller,
                view -> {
                    Page<Rejection> page =
                            Page.read(
                                    request.limit(),
                                    view.rejections(request.after(), 1),
                                    last -> view.rejections(last.revision(), 1),
                                    Weight::of);
                    return new Reply.Rejections(page.rows(), page.more());
                });
    }

    /** Apply has ended waits for locks. */
    public void waitsEnded(List<WaitEnded> ended) {
        acquires.ended(ended);
    }

    /** A snapshot took the place of the state. */
    public void stateReplaced() {
        acquires.examineAll();
        watches.stateReplaced();
    }

    @Override
    public void closed(ClientConnection connection) {
        acquires.closed(connection);
        watches.closed(connection);
    }
}
