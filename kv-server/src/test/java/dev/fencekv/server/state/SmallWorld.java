package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.state.WorldPlan.Mistake;
import dev.fencekv.server.state.WorldPlan.Verb;
import dev.fencekv.server.store.HeapKvStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Two clients, one lock, one guarded key, a network that forgets nothing, a leader, and the real
 * state machine. What is delivered is applied at once: a log that keeps what it takes, in any
 * order. True time is what the leader's monotonic clock says, in milliseconds.
 */
final class SmallWorld implements AutoCloseable {
    static final int CLIENTS = 2;
    static final LockName LOCK = new LockName("disk");
    static final Key KEY = Key.of("file");
    static final long TTL_MS = Limits.SESSION_TTL_MS_MIN;
    static final long WAIT_MS = 1_000;

    /** As many full ticks as end a session that nobody renews. */
    static final int LONG_TIME_TICKS =
            (int) ((TTL_MS + Limits.TICK_ELAPSED_MS_MAX) / Limits.TICK_ELAPSED_MS_MAX);

    /** How long a leader sleeps: more than any session could live. */
    private static final long SLEEP_MS = TTL_MS + 500;

    /** Times between two ticks that are told apart, but for a leader that slept. */
    private static final long PUNCTUAL_MS_MAX = 300;

    private static final long NO_TICK_YET = -1;

    /** When two worlds count as the same. */
    enum Identity {
        /** Time by what is left of it, nothing that only counts: few states. */
        ABSTRACT,
        /** All that the digest covers, all times since the beginning. */
        EXACT
    }

    private final WorldPlan plan;
    private final KvStateMachine state = new KvStateMachine(HeapKvStore::open);
    private final Invariants invariants = new Invariants(state);
    private final List<WorldClient> clients = new ArrayList<>(CLIENTS);
    private long index;
    private long nowMs;

    /** When this leader has ticked last; NO_TICK_YET before its first. */
    private long lastTickMs;

    /** What came of the last step, for the account of what was met. */
    private String met = "";

    SmallWorld(WorldPlan plan) {
        this.plan = plan;
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new WorldClient(i, plan));
        }
        if (!plan.has(Mistake.WRITES_SHOW_NO_TOKEN)) {
            Guard guard = new Guard(KEY, LOCK, GuardRule.STRICT, GuardMode.ENFORCE);
            apply(new Command.SetGuard(RequestId.NONE, guard, true));
        }
        if (plan.opened()) {
            for (int i = 0; i < CLIENTS; i++) {
                deliver(i, send(i, Verb.OPEN), true);
            }
        }
    }

    private Outcome apply(Command command) {
        index++;
        return state.apply(index, 0, HybridTimestamp.ZERO, command);
    }

    /** All steps that can be taken now. */
    List<WorldStep> steps() {
        List<WorldStep> steps = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            addSteps(i, steps);
        }
        if (plan.fineTime()) {
            addFineTime(steps);
        }
        for (int renewing = 0; renewing < (1 << CLIENTS) - 1; renewing++) {
            if (canRenew(renewing)) {
                steps.add(new WorldStep.LongTime(renewing));
            }
        }
        if (lastTickMs != NO_TICK_YET || renewalsPending() != 0) {
            steps.add(new WorldStep.NewLeader());
        }
        if (plan.revokes()) {
            steps.add(new WorldStep.Revoke());
        }
        return steps;
    }

    private void addSteps(int number, List<WorldStep> steps) {
        WorldClient client = clients.get(number);
        for (Verb verb : Verb.values()) {
            if (client.maySend(verb)) {
                steps.add(new WorldStep.Call(number, verb, true));
                if (plan.delays()) {
                    steps.add(new WorldStep.Send(number, verb));
                } else {
                    steps.add(new WorldStep.Call(number, verb, false));
                }
            }
        }
        for (int i = 0; i < client.sent.size(); i++) {
            WorldClient.Sent sent = client.sent.get(i);
            if (sent.isGone()) {
                continue;
            }
            steps.add(new WorldStep.Deliver(number, i, sent.verb, false));
            if (!sent.settled) {
                steps.add(new WorldStep.Deliver(number, i, sent.verb, true));
            }
        }
        if (plan.fineTime() && !client.session.isNone()) {
            steps.add(new WorldStep.Renew(number));
        }
    }

    private void addFineTime(List<WorldStep> steps) {
        long sinceTickMs = lastTickMs == NO_TICK_YET ? 0 : nowMs - lastTickMs;
        if (sinceTickMs < PUNCTUAL_MS_MAX) {
            steps.add(new WorldStep.Pass(Limits.TICK_INTERVAL_MS));
        }
        if (sinceTickMs < SLEEP_MS) {
            steps.add(new WorldStep.Pass(SLEEP_MS));
        }
        int pending = renewalsPending();
        for (int renewing = 0; renewing < 1 << CLIENTS; renewing++) {
            if ((renewing & ~pending) == 0) {
                steps.add(new WorldStep.Tick(renewing));
            }
        }
    }

    private int renewalsPending() {
        int pending = 0;
        for (int i = 0; i < CLIENTS; i++) {
            pending |= clients.get(i).renewing.isNone() ? 0 : 1 << i;
        }
        return pending;
    }

    private boolean canRenew(int renewing) {
        for (int i = 0; i < CLIENTS; i++) {
            if ((renewing & 1 << i) != 0 && clients.get(i).session.isNone()) {
                return false;
            }
        }
        return true;
    }

    int send(int client, Verb verb) {
        met = "";
        FencingToken next = new FencingToken(invariants.newestToken() + 1);
        return clients.get(client).send(verb, nowMs, next);
    }

    void deliver(int client, int number, boolean heard) {
        WorldClient sender = clients.get(client);
        WorldClient.Sent sent = sender.sent.get(number);
        boolean again = sent.outcome != null;
        invariants.look();
        Outcome outcome = apply(sender.delivered(sent));
        List<WaitEnded> notices = state.drainNotices();
        met = sent.verb + (again ? " again " : " ") + word(outcome);
        invariants.judge(sent, outcome, notices, nowMs);
        notice(notices);
        if (heard) {
            sender.hears(sent, outcome);
        }
    }

    private static String word(Outcome outcome) {
        if (outcome.result() instanceof Outcome.Fenced fenced) {
            FenceViolation first = fenced.violations().get(0);
            return outcome.status() + " " + first.reason();
        }
        return outcome.status().toString();
    }

    /** A grant is known at once: to know late is to act late. */
    private void notice(List<WaitEnded> notices) {
        for (WaitEnded end : notices) {
            met += ", a wait ends " + end.status();
            for (WorldClient client : clients) {
                if (end.status() == Status.OK && end.session().equals(client.session)) {
                    client.knows(end.token());
                }
            }
        }
    }

    void renew(int number) {
        met = "";
        WorldClient client = clients.get(number);
        client.renewing = client.session;
        client.renewalSentAtMs = nowMs;
    }

    void pass(long ms) {
        met = "";
        nowMs += ms;
    }

    void tick(int renewing) {
        TreeMap<SessionId, Long> renewals = new TreeMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            WorldClient client = clients.get(i);
            if ((renewing & 1 << i) != 0) {
                renewals.put(client.renewing, client.renewalSentAtMs);
                client.renewing = SessionId.NONE;
            }
        }
        tick(renewals);
    }

    private void tick(Map<SessionId, Long> renewals) {
        boolean first = lastTickMs == NO_TICK_YET;
        long measuredMs = first ? 0 : nowMs - lastTickMs;
        if (first && plan.has(Mistake.FIRST_TICK_COUNTS)) {
            measuredMs = Limits.TICK_ELAPSED_MS_MAX;
        }
        lastTickMs = nowMs;
        int livesBefore = state.view().sessionCount();
        invariants.look();
        List<WaitEnded> notices = new ArrayList<>();
        for (long pieceMs : pieces(measuredMs)) {
            apply(new Command.Tick(pieceMs, List.copyOf(renewals.keySet())));
            notices.addAll(state.drainNotices());
        }
        met = state.view().sessionCount() < livesBefore ? "a tick ends a session" : "a tick";
        invariants.judgeTick(renewals, notices, nowMs);
        notice(notices);
    }

    /** What a tick says to apply: all that was measured, for apply to cap. */
    private List<Long> pieces(long measuredMs) {
        if (!plan.has(Mistake.TICKS_HAVE_NO_CAP)) {
            return List.of(measuredMs);
        }
        List<Long> pieces = new ArrayList<>();
        long leftMs = measuredMs;
        for (; leftMs > Limits.TICK_ELAPSED_MS_MAX; leftMs -= Limits.TICK_ELAPSED_MS_MAX) {
            pieces.add(Limits.TICK_ELAPSED_MS_MAX);
        }
        pieces.add(leftMs);
        return pieces;
    }

    void longTime(int renewing) {
        for (int tick = 0; tick < LONG_TIME_TICKS; tick++) {
            nowMs += Limits.TICK_ELAPSED_MS_MAX;
            TreeMap<SessionId, Long> renewals = new TreeMap<>();
            for (int i = 0; i < CLIENTS; i++) {
                if ((renewing & 1 << i) != 0) {
                    renewals.put(clients.get(i).session, nowMs);
                }
            }
            tick(renewals);
        }
    }

    /** What the old leader had in the log stays; its clock and its renewals go with it. */
    void newLeader() {
        met = "";
        lastTickMs = NO_TICK_YET;
        for (WorldClient client : clients) {
            client.renewing = SessionId.NONE;
        }
    }

    void revoke() {
        invariants.look();
        Outcome outcome = apply(new Command.Revoke(RequestId.NONE, LOCK, FencingToken.NONE));
        List<WaitEnded> notices = state.drainNotices();
        met = "REVOKE " + outcome.status();
        invariants.judgeRevoke(outcome, notices);
        notice(notices);
    }

    /** What the last step met; empty if nothing was applied. */
    String met() {
        return met;
    }

    /**
     * A hash of everything that what comes later depends on: worlds of the same one have the same
     * futures.
     */
    long fingerprint(Identity identity, Fingerprint print) {
        print.clear();
        boolean exact = identity == Identity.EXACT;
        if (exact) {
            print.put(state.digest());
            print.put(nowMs);
            invariants.renewedAtMs().forEach((session, sentAtMs) -> print.put(sentAtMs));
        } else {
            putState(print);
        }
        for (WorldClient client : clients) {
            putClient(client, exact, print);
        }
        print.put(lastTickMs == NO_TICK_YET ? NO_TICK_YET : nowMs - lastTickMs);
        return print.value();
    }

    private void putClient(WorldClient client, boolean exact, Fingerprint print) {
        print.put(client.openings);
        print.put(client.session.value());
        print.put(client.token.value());
        print.put(client.nextSequence);
        print.put(client.renewing.value());
        print.put(client.renewing.isNone() ? 0 : age(client.renewalSentAtMs, exact));
        print.put(client.sent.size());
        for (WorldClient.Sent sent : client.sent) {
            putSent(sent, exact, print);
        }
    }

    private void putSent(WorldClient.Sent sent, boolean exact, Fingerprint print) {
        RequestId id = sent.command.id();
        print.put(sent.verb.ordinal());
        print.put(id.session().value());
        print.put(id.sequence());
        print.put(id.floor());
        print.put(sent.token.value());
        print.put(sent.settled);
        print.put(sent.outcome != null);
        if (sent.outcome != null) {
            putOutcome(sent.outcome, print);
        } else if (sent.verb == Verb.OPEN) {
            print.put(age(sent.sentAtMs, exact));
        }
    }

    private static void putOutcome(Outcome outcome, Fingerprint print) {
        print.put(outcome.status().code());
        if (outcome.result() instanceof Outcome.Token granted) {
            print.put(granted.token().value());
        } else if (outcome.result() instanceof Outcome.SessionOpened opened) {
            print.put(opened.session().value());
        }
    }

    /** After a TTL nobody asks how much longer ago. */
    private long age(long thenMs, boolean exact) {
        return exact ? thenMs : Math.min(nowMs - thenMs, TTL_MS);
    }

    /**
     * The state without what only counts (revisions, stamps, versions, rejections) and with times
     * as what is left of them.
     */
    private void putState(Fingerprint print) {
        long leaseTimeMs = state.leaseTimeMs();
        print.put(state.counters.lastToken);
        print.put(state.counters.lastSession);
        print.put(state.locks.waiterCount());
        for (Session one = state.sessions.next(null); one != null; ) {
            putSession(one, leaseTimeMs, print);
            one = state.sessions.next(one);
        }
        for (Waiter one = state.locks.nextWaiter(null); one != null; ) {
            print.put(one.session.id.value());
            print.put(one.deadlineMs - leaseTimeMs);
            one = state.locks.nextWaiter(one);
        }
        Lock lock = state.locks.find(LOCK);
        if (lock != null) {
            print.put(lock.liveToken().value());
            print.put(lock.grant == null ? 0 : lock.grant.session().id.value());
            print.put(lock.newestToken.value());
            print.put(lock.ended.size());
            for (EndedGrant past : lock.ended) {
                print.put(past.token().value());
                print.put(past.how().code());
            }
        }
        Versioned record = state.view().get(KEY);
        if (record != null) {
            print.put(record.token().value());
            print.put(record.writer().value());
            print.put(record.writerSequence());
            print.put(record.value().hashCode());
        }
    }

    private void putSession(Session session, long leaseTimeMs, Fingerprint print) {
        print.put(session.isLive());
        print.put(session.isLive() ? session.deadlineMs - leaseTimeMs : 0);
        print.put(session.isLive() ? age(renewedAtMs(session), false) : 0);
        print.put(session.nonce.high());
        print.put(session.floor);
        print.put(session.outcomes.size());
        for (long sequence = session.floor; sequence < session.floor + 8; sequence++) {
            RememberedOutcome kept = session.outcomes.get(sequence);
            if (kept != null) {
                print.put(sequence);
                putOutcome(kept.outcome, print);
            }
        }
    }

    private long renewedAtMs(Session session) {
        return Check.present(invariants.renewedAtMs().get(session.id), "when it was renewed");
    }

    @Override
    public void close() {
        state.close();
    }
}
