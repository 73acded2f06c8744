package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.OutcomeCodec;
import dev.fencekv.server.command.Setting;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Live sessions in the order of their deadlines, and ended ones for as long as their outcomes are
 * remembered.
 */
final class Sessions {
    private final Counters counters;
    private final Settings settings;
    private final Ledger ledger;
    private final BytesOut scratch = new BytesOut(512);

    /** All, live and ended. Never iterated: its order is not the same everywhere. */
    private final Map<SessionId, Session> byId = new HashMap<>();

    /** The same, in order. */
    private final TreeMap<SessionId, Session> inOrder = new TreeMap<>();

    /** All, live and ended. No hash table: clients choose the nonces. */
    private final TreeMap<SessionNonce, Session> byNonce = new TreeMap<>();

    /** The live ones, earliest deadline first. */
    private final TreeSet<Session> byDeadline =
            new TreeSet<>(
                    Comparator.<Session>comparingLong(session -> session.deadlineMs)
                            .thenComparing(session -> session.id));

    /** The ended ones, oldest end first. */
    private final TreeMap<Long, Session> ended = new TreeMap<>();

    /** Invariant: what all outcomes of live and ended sessions are charged. */
    private long outcomeBytes;

    Sessions(Counters counters, Settings settings, Ledger ledger) {
        this.counters = counters;
        this.settings = settings;
        this.ledger = ledger;
    }

    @Nullable Session find(SessionId id) {
        return byId.get(id);
    }

    /** As {@link #find}, but only a live one. */
    @Nullable Session findLive(SessionId id) {
        Session session = byId.get(id);
        return session != null && session.isLive() ? session : null;
    }

    @Nullable Session findByNonce(SessionNonce nonce) {
        return byNonce.get(nonce);
    }

    int liveCount() {
        return byDeadline.size();
    }

    Session open(SessionNonce nonce, long ttlMs, SessionLabel label) {
        counters.lastSession++;
        Session session = new Session(new SessionId(counters.lastSession), nonce, ttlMs, label);
        session.deadlineMs = deadlineFromNow(session);
        add(session);
        return session;
    }

    private void add(Session session) {
        byId.put(session.id, session);
        inOrder.put(session.id, session);
        byNonce.put(session.nonce, session);
        if (session.isLive()) {
            byDeadline.add(session);
        } else {
            ended.put(session.endedAs, session);
        }
        ledger.added(session);
    }

    void renew(Session session) {
        Check.invariant(session.isLive(), "an ended session is never renewed");
        ledger.changing(session);
        byDeadline.remove(session);
        session.deadlineMs = deadlineFromNow(session);
        byDeadline.add(session);
        ledger.changed(session);
    }

    /**
     * One tick's cap is added: a renewal that was sent just after a tick is applied before the tick
     * that counts the time since, and must not lose it.
     */
    private long deadlineFromNow(Session session) {
        return counters.leaseTimeMs + session.ttlMs + Limits.TICK_ELAPSED_MS_MAX;
    }

    /** The live session with the earliest deadline, if that has come. */
    @Nullable Session firstDue() {
        if (byDeadline.isEmpty()) {
            return null;
        }
        Session first = byDeadline.first();
        return first.deadlineMs <= counters.leaseTimeMs ? first : null;
    }

    /** The session is over; its keys, places and grants must have ended before. */
    void end(Session session) {
        Check.invariant(
                session.keys.isEmpty() && session.grants.isEmpty() && session.waits.isEmpty(),
                "a session ends last");
        ledger.changing(session);
        byDeadline.remove(session);
        counters.lastEnd++;
        session.endedAs = counters.lastEnd;
        ended.put(session.endedAs, session);
        ledger.changed(session);
    }

    /** Forgets what lies below; the floor only grows. */
    void raiseFloor(Session session, long floor) {
        if (floor <= session.floor) {
            return;
        }
        long below = session.floor;
        ledger.changing(session);
        session.floor = floor;
        ledger.changed(session);
        long count = Math.min(floor - below, Limits.IN_FLIGHT_PER_SESSION_MAX);
        for (int i = 0; i < count && !session.outcomes.isEmpty(); i++) {
            RememberedOutcome outcome = session.outcomes.remove(below + i);
            if (outcome != null) {
                forget(outcome);
            }
        }
    }

    /** Whether another outcome fits, once all ended sessions were forgotten. */
    boolean hasRoomForOutcome() {
        forgetEndedAbove(settings.get(Setting.ENDED_SESSIONS_MAX));
        long most = RememberedOutcome.FIXED_BYTES + Limits.REMEMBERED_RESULT_BYTES_MAX;
        return outcomeBytes + most <= settings.get(Setting.OUTCOME_BYTES_MAX);
    }

    void remember(Session session, long sequence, long commandHash, Outcome outcome) {
        scratch.clear();
        OutcomeCodec.encodeResult(outcome.result(), scratch);
        int resultBytes = scratch.length();
        Outcome kept = outcome;
        if (resultBytes > Limits.REMEMBERED_RESULT_BYTES_MAX) {
            kept = new Outcome(outcome.status(), outcome.revision(), outcome.at(), Outcome.GONE);
            resultBytes = 1;
        }
        add(session, new RememberedOutcome(session.id, sequence, commandHash, kept, resultBytes));
    }

    private void add(Session session, RememberedOutcome outcome) {
        Check.invariant(
                session.outcomes.get(outcome.sequence) == null,
                "a sequence number has one outcome for ever");
        session.outcomes.add(outcome);
        outcomeBytes += outcome.chargedBytes();
        ledger.added(outcome);
    }

    private void forget(RememberedOutcome outcome) {
        outcomeBytes -= outcome.chargedBytes();
        ledger.removed(outcome);
    }

    /** Ended sessions are remembered newest first, within the limits on their number and bytes. */
    void forgetEndedAbove(long endedMax) {
        long bytesMax = settings.get(Setting.OUTCOME_BYTES_MAX);
        long most = RememberedOutcome.FIXED_BYTES + Limits.REMEMBERED_RESULT_BYTES_MAX;
        while (!ended.isEmpty() && (ended.size() > endedMax || outcomeBytes + most > bytesMax)) {
            Session session = ended.pollFirstEntry().getValue();
            session.outcomes.forEach(this::forget);
            byId.remove(session.id);
            inOrder.remove(session.id);
            byNonce.remove(session.nonce);
            ledger.removed(session);
        }
    }

    @Nullable Session next(@Nullable Session after) {
        Map.Entry<SessionId, Session> next =
                after == null ? inOrder.firstEntry() : inOrder.higherEntry(after.id);
        return next == null ? null : next.getValue();
    }

    /** The first live session with an id above {@code after}. */
    @Nullable Session nextLive(SessionId after) {
        Map.Entry<SessionId, Session> next = inOrder.higherEntry(after);
        while (next != null && !next.getValue().isLive()) {
            next = inOrder.higherEntry(next.getKey());
        }
        return next == null ? null : next.getValue();
    }

    void restoreSession(BytesIn key, BytesIn content) {
        SessionId id = new SessionId(key.getLong());
        Session session =
                new Session(
                        id,
                        new SessionNonce(content.getLong(), content.getLong()),
                        content.getLong(),
                        new SessionLabel(content.getText()));
        session.deadlineMs = content.getLong();
        session.floor = content.getLong();
        session.endedAs = content.getLong();
        add(session);
    }

    /** Outcomes are restored after all sessions. */
    void restoreOutcome(BytesIn key, BytesIn content) {
        SessionId id = new SessionId(key.getLong());
        long sequence = key.getLong();
        long commandHash = content.getLong();
        int resultBytes = content.getShort();
        Outcome outcome = OutcomeCodec.decode(content);
        add(
                Check.present(find(id), "the session of an outcome"),
                new RememberedOutcome(id, sequence, commandHash, outcome, resultBytes));
    }
}
