package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns the leader's monotonic time into ticks of the log, with the renewals that came in since.
 *
 * <p>Assumptions: (1) somebody drains the combiner about every {@link Limits#TICK_INTERVAL_MS}; (2)
 * {@link #takeDue} and {@link #refuseOthers} are called by the holder of the combiner's turn.
 *
 * <p>Guarantees: (1) at most one tick of a term is in flight: none is made while the one before may
 * still be applied, whatever its renewals have been told meanwhile; (2) the first of a leadership
 * claims no time, each other at most the time since the one before; (3) a renewal is answered once:
 * applied with its tick, refused if no tick took it, else unknown.
 */
final class Ticker implements TickSource {
    static final int RENEWALS_PENDING_MAX = 8 * Limits.RENEWALS_PER_TICK_MAX;

    private static final long NANOS_PER_MS = 1_000_000;

    /** A tenth early, so that a timer that comes at the interval is never just too early. */
    private static final long DUE_NANOS = Limits.TICK_INTERVAL_MS * NANOS_PER_MS * 9 / 10;

    private record Renewal(Term term, SessionId session, Completion completion) {}

    private final BooleanSupplier waitsForTime;
    private final Queue<Renewal> renewals = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pending = new AtomicInteger();

    // ---- owned by the holder of the combiner's turn ----

    private @Nullable Term term;
    private long lastTickNanos;

    /** What carries the last tick; null before the first. */
    private @Nullable SealedEntry lastEntry;

    /**
     * @param waitsForTime whether anything in the state waits for lease time
     */
    Ticker(BooleanSupplier waitsForTime) {
        this.waitsForTime = waitsForTime;
    }

    /** {@code current}: the leadership that admits it. Never blocks. */
    void renew(Term current, SessionId session, Completion completion) {
        if (pending.incrementAndGet() > RENEWALS_PENDING_MAX) {
            pending.decrementAndGet();
            completion.refused(Refusal.overloaded("too many renewals wait for a tick"));
            return;
        }
        renewals.add(new Renewal(current, session, completion));
    }

    @Override
    public @Nullable Proposal takeDue(Term current, long nowNanos) {
        boolean first = term != current;
        if (isInFlight(current) || !first && nowNanos - lastTickNanos < DUE_NANOS) {
            return null;
        }
        if (renewals.isEmpty() && !waitsForTime.getAsBoolean()) {
            return null;
        }
        long elapsedMs = first ? 0 : (nowNanos - lastTickNanos) / NANOS_PER_MS;
        if (first) {
            term = current;
            lastTickNanos = nowNanos;
        } else {
            lastTickNanos += elapsedMs * NANOS_PER_MS;
        }
        List<Renewal> taken = takeRenewals(current);
        List<SessionId> sessions = new ArrayList<>(taken.size());
        for (Renewal renewal : taken) {
            sessions.add(renewal.session());
        }
        return new Proposal(
                new Command.Tick(elapsedMs, sessions),
                HybridTimestamp.ZERO,
                new TickCompletion(taken));
    }

    /** A hand-over that failed begins the same term again, with what it has in the engine. */
    private boolean isInFlight(Term current) {
        SealedEntry last = lastEntry;
        return last != null && last.expectedTerm() == current.number() && last.isUndecided();
    }

    @Override
    public void sealed(SealedEntry entry) {
        lastEntry = entry;
    }

    @Override
    public void refuseOthers(@Nullable Term current, Supplier<Refusal> refusal) {
        for (Renewal head = renewals.peek();
                head != null && head.term() != current;
                head = renewals.peek()) {
            renewals.remove();
            pending.decrementAndGet();
            head.completion().refused(refusal.get());
        }
    }

    private List<Renewal> takeRenewals(Term current) {
        List<Renewal> taken = new ArrayList<>();
        while (taken.size() < Limits.RENEWALS_PER_TICK_MAX) {
            Renewal head = renewals.peek();
            if (head == null || head.term() != current) {
                break;
            }
            renewals.remove();
            pending.decrementAndGet();
            taken.add(head);
        }
        return taken;
    }

    private record TickCompletion(List<Renewal> renewals) implements Completion {
        @Override
        public void applied(Outcome outcome) {
            for (Renewal renewal : renewals) {
                renewal.completion().applied(outcome);
            }
        }

        @Override
        public void refused(Refusal refusal) {
            for (Renewal renewal : renewals) {
                renewal.completion().refused(refusal);
            }
        }

        @Override
        public void unknown() {
            for (Renewal renewal : renewals) {
                renewal.completion().unknown();
            }
        }
    }
}
