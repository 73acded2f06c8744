package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.state.WorldPlan.Verb;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold in a {@link SmallWorld} after each command. Keeps an account of its own of who
 * holds the lock and when sessions were renewed: by outcomes, notices and true time, never by what
 * the state says about tokens.
 */
final class Invariants {
    private final KvStateMachine state;

    /** The newest grant's; tokens are dense, so all below have been granted, and have ended. */
    private long newestToken;

    /** The session of the newest grant; NONE once that grant has ended. */
    private SessionId holder = SessionId.NONE;

    /** Invariant: of exactly the sessions that live. */
    private final TreeMap<SessionId, Long> renewedAtMs = new TreeMap<>();

    /** How often the record was written. */
    private long effects;

    private @Nullable Versioned recordBefore;
    private HybridTimestamp stampBefore = HybridTimestamp.ZERO;

    Invariants(KvStateMachine state) {
        this.state = state;
    }

    /** To be called before each apply. */
    void look() {
        recordBefore = state.view().get(SmallWorld.KEY);
        stampBefore = state.lastStamp();
    }

    /** A command of a client, or sent again. */
    void judge(WorldClient.Sent sent, Outcome outcome, List<WaitEnded> notices, long nowMs) {
        judgeOutcome(sent, outcome);
        judgeRecord(sent, outcome);
        boolean first = sent.outcome == null;
        if (first) {
            sent.outcome = outcome;
        }
        if (outcome.result() instanceof Outcome.SessionOpened opened
                && state.view().isLive(opened.session())) {
            renewedAtMs.putIfAbsent(opened.session(), sent.sentAtMs);
        }
        SessionId closed =
                sent.verb == Verb.CLOSE && first && outcome.status() == Status.OK
                        ? sent.command.id().session()
                        : SessionId.NONE;
        judgeSessionEnds(closed, false, nowMs);
        if (sent.verb == Verb.RELEASE && first && outcome.status() == Status.OK) {
            grantEnds(((Command.Release) sent.command).token());
        }
        if (first && outcome.result() instanceof Outcome.Token granted) {
            judgeAcquired(sent.command.id().session(), granted.token());
        }
        judgeNotices(notices);
        judgeLock();
    }

    /** A tick, with when its renewals were sent. */
    void judgeTick(Map<SessionId, Long> renewals, List<WaitEnded> notices, long nowMs) {
        judgeNoWrite("a tick");
        renewals.forEach(
                (session, sentAtMs) ->
                        renewedAtMs.computeIfPresent(
                                session, (id, before) -> Math.max(before, sentAtMs)));
        judgeSessionEnds(SessionId.NONE, true, nowMs);
        judgeNotices(notices);
        judgeLock();
    }

    void judgeRevoke(Outcome outcome, List<WaitEnded> notices) {
        judgeNoWrite("a revocation");
        if (outcome.status() == Status.OK) {
            grantEnds(new FencingToken(newestToken));
        }
        judgeNotices(notices);
        judgeLock();
    }

    /** Exactly once: one number has one outcome, and only its first has an effect. */
    private void judgeOutcome(WorldClient.Sent sent, Outcome outcome) {
        if (outcome.status() == Status.DUPLICATE && !sent.settled) {
            throw broken(
                    "%s is a DUPLICATE, but its client has not heard an outcome", sent.command);
        }
        Outcome first = sent.outcome;
        if (first == null) {
            return;
        }
        if (!state.lastStamp().equals(stampBefore)) {
            throw broken("%s had an effect twice", sent.command);
        }
        if (!isSame(sent, first, outcome)) {
            throw broken("%s has two outcomes: %s, then %s", sent.command, first, outcome);
        }
    }

    /** What no session remembers is refused again as of a later revision. */
    private static boolean isSame(WorldClient.Sent sent, Outcome first, Outcome again) {
        return switch (again.status()) {
            case DUPLICATE -> true;
            case SESSION_EXPIRED ->
                    first.status() == Status.SESSION_EXPIRED || sent.verb == Verb.OPEN;
            default ->
                    sent.verb == Verb.OPEN
                            ? again.result().equals(first.result())
                            : again.equals(first);
        };
    }

    /** A write has its effect once, under the token that is live at that moment, or never. */
    private void judgeRecord(WorldClient.Sent sent, Outcome outcome) {
        Versioned record = state.view().get(SmallWorld.KEY);
        boolean written = record != null && !record.equals(recordBefore);
        if (sent.verb.isPut() && sent.outcome == null) {
            if (written != (outcome.status() == Status.OK)) {
                throw broken(
                        "%s is %s, but the record was %s",
                        sent.command, outcome.status(), written ? "written" : "not written");
            }
        }
        if (!written) {
            return;
        }
        sent.effects++;
        effects++;
        if (!sent.verb.isPut() || sent.effects > 1) {
            throw broken("%s wrote the record, time %d", sent.command, sent.effects);
        }
        Command.Put put = (Command.Put) sent.command;
        if (!record.value().equals(put.value()) || record.version() != effects) {
            throw broken("%s left the record as %s", put, record);
        }
        if (sent.token.value() < newestToken) {
            throw broken(
                    "a write under token %s after token %d was granted", sent.token, newestToken);
        }
        if (holder.isNone() || sent.token.value() != newestToken) {
            throw broken(
                    "a write under token %s, but %s",
                    sent.token, holder.isNone() ? "nobody holds the lock" : "live is another");
        }
    }

    private void judgeNoWrite(String what) {
        Versioned record = state.view().get(SmallWorld.KEY);
        if (record != null && !record.equals(recordBefore)) {
            throw broken("%s wrote the record", what);
        }
    }

    /** No session ends but by a tick or its client, nor before its TTL in true time. */
    private void judgeSessionEnds(SessionId closed, boolean ticked, long nowMs) {
        for (SessionId id : List.copyOf(renewedAtMs.keySet())) {
            if (state.view().isLive(id)) {
                if (id.equals(closed)) {
                    throw broken("session %s was closed and lives", id);
                }
                continue;
            }
            long livedMs = nowMs - renewedAtMs.remove(id);
            if (!id.equals(closed)) {
                if (!ticked) {
                    throw broken("session %s ended without a tick", id);
                }
                if (livedMs < SmallWorld.TTL_MS) {
                    throw broken("session %s ended %d ms after its renewal was sent", id, livedMs);
                }
            }
            if (id.equals(holder)) {
                holder = SessionId.NONE;
            }
        }
    }

    private void grantEnds(FencingToken token) {
        if (token.value() != newestToken || holder.isNone()) {
            throw broken("token %s was given back, but it was not live", token);
        }
        holder = SessionId.NONE;
    }

    /** A new grant, or the one that the session has. */
    private void judgeAcquired(SessionId session, FencingToken token) {
        boolean found = session.equals(holder) && token.value() == newestToken;
        if (!found) {
            grantBegins(session, token);
        }
    }

    private void judgeNotices(List<WaitEnded> notices) {
        for (WaitEnded end : notices) {
            if (end.status() == Status.OK) {
                grantBegins(end.session(), end.token());
            }
        }
    }

    /** One holder at a time, and each token greater than all before. */
    private void grantBegins(SessionId session, FencingToken token) {
        if (!holder.isNone()) {
            throw broken(
                    "token %s is granted to session %s while session %s holds token %d",
                    token, session, holder, newestToken);
        }
        if (token.value() != newestToken + 1) {
            throw broken("token %s is granted after token %d", token, newestToken);
        }
        if (!state.view().isLive(session)) {
            throw broken("token %s is granted to session %s, which has ended", token, session);
        }
        newestToken = token.value();
        holder = session;
    }

    /** The state's own word: no dead token lives again, no grant is lost, nobody waits in vain. */
    private void judgeLock() {
        Optional<LockInfo> lock = state.view().lock(SmallWorld.LOCK);
        Optional<GrantInfo> grant = lock.flatMap(LockInfo::grant);
        long live = grant.map(info -> info.token().value()).orElse(0L);
        long expected = holder.isNone() ? 0 : newestToken;
        if (live != expected) {
            throw broken(
                    "live is token %d, but by what was granted and ended it is %d (0: none)",
                    live, expected);
        }
        if (grant.isPresent() && !grant.get().session().equals(holder)) {
            throw broken("session %s holds the lock of %s", grant.get().session(), holder);
        }
        if (lock.isPresent() && grant.isEmpty() && lock.get().waiters() > 0) {
            throw broken("somebody waits for a lock that is free");
        }
    }

    long newestToken() {
        return newestToken;
    }

    /** When the last applied renewal of each live session, or its open, was sent. */
    Map<SessionId, Long> renewedAtMs() {
        return renewedAtMs;
    }

    private static AssertionError broken(String format, Object... arguments) {
        return new AssertionError(String.format(format, arguments));
    }
}
