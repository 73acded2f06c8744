package dev.fencekv.server.state;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.state.WorldPlan.Mistake;
import dev.fencekv.server.state.WorldPlan.Verb;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client of a {@link SmallWorld}. It never looks at its deadline: it writes with the newest token
 * it knows for as long as it likes, as one does that was paused.
 */
final class WorldClient {
    static final long OWNER = 1;

    /** A command that has left its client. */
    static final class Sent {
        final Verb verb;
        final Command command;

        /** The token under which the client believes to act; NONE if it claims none. */
        final FencingToken token;

        final long sentAtMs;

        /** The client has heard its outcome. */
        boolean settled;

        /** What apply made of it at first; null until then. Kept by {@link Invariants}. */
        @Nullable Outcome outcome;

        /** How often it changed the record. Kept by {@link Invariants}. */
        int effects;

        private Sent(Verb verb, Command command, FencingToken token, long sentAtMs) {
            this.verb = verb;
            this.command = command;
            this.token = token;
            this.sentAtMs = sentAtMs;
        }

        /** Nobody sends a command without a number again once it may have been applied. */
        boolean isGone() {
            return verb == Verb.LOOSE_PUT && outcome != null;
        }
    }

    private final int number;
    private final WorldPlan plan;

    /** All it ever sent, in order: a network that forgets nothing. */
    final List<Sent> sent = new ArrayList<>();

    int openings;
    SessionId session = SessionId.NONE;

    /** The newest it knows. */
    FencingToken token = FencingToken.NONE;

    long nextSequence = 1;
    private int commands;

    /** When the renewal that waits for a tick was sent, and for which session. */
    long renewalSentAtMs;

    SessionId renewing = SessionId.NONE;

    WorldClient(int number, WorldPlan plan) {
        this.number = number;
        this.plan = plan;
    }

    boolean maySend(Verb verb) {
        if (!plan.verbs().contains(verb) || unsettled() >= plan.unsettled()) {
            return false;
        }
        if (verb == Verb.OPEN) {
            return session.isNone() && !isOpening() && openings < plan.openings();
        }
        boolean canSend = commands < plan.commands();
        return switch (verb) {
            case LOOSE_PUT -> canSend && !token.isNone();
            case PUT, RELEASE -> canSend && !token.isNone() && !session.isNone();
            default -> canSend && !session.isNone();
        };
    }

    private int unsettled() {
        int count = 0;
        for (Sent one : sent) {
            count += one.settled ? 0 : 1;
        }
        return count;
    }

    private boolean isOpening() {
        for (Sent one : sent) {
            if (one.verb == Verb.OPEN && !one.settled) {
                return true;
            }
        }
        return false;
    }

    /** Sends, and returns the number of the command among all it sent. */
    int send(Verb verb, long nowMs, FencingToken nextToken) {
        Command command = command(verb, nextToken);
        FencingToken believed =
                switch (verb) {
                    case PUT, LOOSE_PUT, RELEASE -> token;
                    case FORGED_PUT -> nextToken;
                    default -> FencingToken.NONE;
                };
        sent.add(new Sent(verb, command, believed, nowMs));
        return sent.size() - 1;
    }

    private Command command(Verb verb, FencingToken nextToken) {
        if (verb == Verb.OPEN) {
            openings++;
            return new Command.OpenSession(
                    new SessionNonce(number + 1, openings),
                    SmallWorld.TTL_MS,
                    new SessionLabel(WorldStep.name(number)));
        }
        commands++;
        return switch (verb) {
            case OPEN -> throw new AssertionError("handled above");
            case TRY -> new Command.Acquire(nextId(), SmallWorld.LOCK, OWNER, 0, 0);
            case WAIT ->
                    new Command.Acquire(nextId(), SmallWorld.LOCK, OWNER, SmallWorld.WAIT_MS, 0);
            case RELEASE -> new Command.Release(nextId(), SmallWorld.LOCK, token);
            case PUT -> put(nextId(), token);
            case LOOSE_PUT -> put(RequestId.NONE, token);
            case BARE_PUT -> put(nextId(), FencingToken.NONE);
            case FORGED_PUT -> put(nextId(), nextToken);
            case CLOSE -> new Command.CloseSession(nextId());
        };
    }

    private Command put(RequestId id, FencingToken shown) {
        boolean shows = !shown.isNone() && !plan.has(Mistake.WRITES_SHOW_NO_TOKEN);
        return new Command.Put(
                id,
                shows ? List.of(new Fence(SmallWorld.LOCK, shown)) : List.of(),
                SmallWorld.KEY,
                Value.of(WorldStep.name(number) + (sent.size() + 1)),
                Command.ANY_REVISION,
                false);
    }

    private RequestId nextId() {
        nextSequence++;
        long floor = plan.has(Mistake.FLOOR_IS_TOO_HIGH) ? nextSequence - 1 : floor();
        return new RequestId(session, nextSequence - 1, floor);
    }

    /** Below it, all that it sent in its session is settled. */
    private long floor() {
        for (Sent one : sent) {
            if (!one.settled && one.command.id().session().equals(session)) {
                return one.command.id().sequence();
            }
        }
        return nextSequence - 1;
    }

    /** What is applied of a command that was sent: itself, first and again. */
    Command delivered(Sent one) {
        boolean again = one.outcome != null && !one.settled && one.verb.isPut();
        return again && plan.has(Mistake.RETRIES_ARE_NEW_COMMANDS)
                ? put(nextId(), one.token)
                : one.command;
    }

    void hears(Sent one, Outcome outcome) {
        if (one.settled) {
            return;
        }
        one.settled = true;
        if (outcome.result() instanceof Outcome.SessionOpened opened) {
            begins(opened.session());
        } else if (outcome.result() instanceof Outcome.Token granted) {
            knows(granted.token());
        }
        boolean closed = one.verb == Verb.CLOSE && outcome.status() == Status.OK;
        if ((closed || outcome.status() == Status.SESSION_EXPIRED)
                && one.command.id().session().equals(session)) {
            session = SessionId.NONE;
        }
    }

    void begins(SessionId opened) {
        session = opened;
        nextSequence = 1;
    }

    void knows(FencingToken granted) {
        if (granted.compareTo(token) > 0) {
            token = granted;
        }
    }
}
