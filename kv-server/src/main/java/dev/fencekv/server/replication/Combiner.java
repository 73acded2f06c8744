package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridClock;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes entries of commands: what is pending when an entry can go out goes out with it. Has no
 * thread of its own: whoever finds nobody at it takes the turn, and serves what others bring
 * meanwhile.
 *
 * <p>Assumptions: (1) {@link #lead} is called by the apply thread when all earlier entries are
 * applied; (2) the engine ends each entry, or forgets it and stops leading.
 *
 * <p>Guarantees: (1) a proposal is settled exactly once; (2) entries are appended in the order in
 * which they are stamped, stamps grow, and each is above every client stamp in its entry; (3) an
 * entry carries only proposals that were admitted in the term it expects; (4) only the holder of
 * the turn refuses what was queued, so nothing that was refused is in an entry; (5) no more entries
 * are in flight than {@link #ENTRIES_IN_FLIGHT_MAX}, no more is queued than the limits below; (6)
 * every queued proposal is taken, refused or settled after {@link UnsettledEntries#WAIT_MS_MAX} at
 * the latest, if {@link #expire} is called now and then.
 */
public final class Combiner {
    private static final Logger LOG = LoggerFactory.getLogger(Combiner.class);

    /**
     * How many entries are in flight over a network or a disk that is slow. Over a fast one it is
     * one: what arrives meanwhile shares the next, and its fsyncs and messages.
     */
    public static final int ENTRIES_IN_FLIGHT_MAX = 4;

    /** So long an entry gathers while an earlier one is in flight. */
    private static final long GATHER_NANOS_MAX = 5_000_000;

    public static final int QUEUED_COMMANDS_MAX = 65_536;
    public static final long QUEUED_BYTES_MAX = 64L * 1024 * 1024;

    /** Queued beyond these limits are commands that give something back: they lighten the load. */
    public static final int QUEUED_RESERVED = 4_096;

    /** What a command takes beside key and value: an estimate, to bound memory. */
    private static final int COMMAND_OVERHEAD_BYTES = 256;

    private static final long WAIT_NANOS_MAX = UnsettledEntries.WAIT_MS_MAX * 1_000_000;

    private final EntryLog log;
    private final TickSource ticks;
    private final PhysicalClock physical;
    private final MonotonicClock monotonic;
    private final IntSupplier entriesInFlightMax;
    private final Supplier<String> leaderAddress;
    private final UnsettledEntries unsettled = new UnsettledEntries();

    private final Queue<Proposal> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong queuedBytes = new AtomicLong();

    /** How many have asked for the turn since it was last free; 0 = it is free. */
    private final AtomicInteger turn = new AtomicInteger();

    /** The leadership that admits; null if this node does not lead. Written under this. */
    private volatile @Nullable Term term;

    // ---- owned by the holder of the turn ----

    private final BytesOut out = new BytesOut(Limits.ENTRY_BYTES_TARGET);
    private HybridClock clock = new HybridClock(HybridTimestamp.ZERO);
    private @Nullable Term clockTerm;
    private long lastSealedNanos;

    /**
     * @param entriesInFlightMax at most this many entries go out at the moment; asked for each
     * @param leaderAddress where clients reach the leader, for refusals
     */
    Combiner(
            EntryLog log,
            TickSource ticks,
            PhysicalClock physical,
            MonotonicClock monotonic,
            IntSupplier entriesInFlightMax,
            Supplier<String> leaderAddress) {
        this.log = log;
        this.ticks = ticks;
        this.physical = physical;
        this.monotonic = monotonic;
        this.entriesInFlightMax = entriesInFlightMax;
        this.leaderAddress = leaderAddress;
    }

    /** Never blocks. */
    void submit(Proposal proposal) {
        Term admitting = term;
        if (admitting == null) {
            proposal.refuse(notLeader());
            return;
        }
        if (!reserve(proposal)) {
            proposal.refuse(Refusal.overloaded("too many commands wait for the log"));
            return;
        }
        proposal.admittedIn = admitting;
        proposal.submittedNanos = monotonic.nanos();
        queue.add(proposal);
        drain();
    }

    /** All earlier entries are applied: from here on we stamp and propose. */
    void lead(long number, HybridTimestamp lastApplied) {
        begin(new Term(number, lastApplied));
    }

    /** What is queued is refused; what is in the engine stays there. */
    void stopLeading() {
        begin(null);
    }

    private void begin(@Nullable Term next) {
        Term ended;
        synchronized (this) {
            ended = term;
            term = next;
        }
        if (ended != null) {
            ended.end();
            // After end(): an entry is seen here, or its maker sees that the term is over.
            for (SealedEntry entry : ended.unfinished()) {
                entry.forgetTick();
                unsettled.add(entry);
            }
        }
        drain();
    }

    /** What was in flight for too long, in the engine or here, is answered. */
    void expire() {
        long now = monotonic.nanos();
        Term current = term;
        if (current != null) {
            for (SealedEntry entry : current.unfinished()) {
                if (now - entry.sealedNanos() >= WAIT_NANOS_MAX) {
                    entry.unknown();
                }
            }
        }
        unsettled.expire(now);
        drain();
    }

    @Nullable Term term() {
        return term;
    }

    int queuedCommands() {
        return queued.get();
    }

    UnsettledEntries unsettled() {
        return unsettled;
    }

    /** Called by each entry once, when the engine has ended it. */
    void finished(Term of, SealedEntry entry) {
        of.finished(entry);
        drain();
    }

    /** Sends what can be sent. Never blocks; returns at once if somebody else is at it. */
    void drain() {
        if (turn.getAndIncrement() != 0) {
            return;
        }
        int served = 1;
        do {
            try {
                serve();
            } catch (Throwable e) {
                // The turn must come free again, or nothing is ever proposed any more.
                LOG.error("cannot make an entry", e);
            }
            served = turn.addAndGet(-served);
        } while (served != 0);
    }

    private void serve() {
        Term current = term;
        ticks.refuseOthers(current, this::notLeader);
        refuseStale(current);
        if (current == null) {
            return;
        }
        while (anotherGoesOut(current)) {
            SealedEntry entry = seal(current);
            if (entry == null) {
                return;
            }
            current.began(entry);
            if (current.isOver()) {
                unsettled.add(entry);
            }
            PutTrace.mark(Stage.SEALED);
            log.append(entry);
            PutTrace.mark(Stage.PROPOSED);
        }
    }

    private boolean anotherGoesOut(Term current) {
        int inFlight = current.inFlight();
        if (inFlight >= Math.min(ENTRIES_IN_FLIGHT_MAX, entriesInFlightMax.getAsInt())) {
            return false;
        }
        return inFlight == 0
                || queued.get() >= Limits.COMMANDS_PER_ENTRY_MAX
                || queuedBytes.get() >= Limits.ENTRY_BYTES_TARGET
                || monotonic.nanos() - lastSealedNanos >= GATHER_NANOS_MAX;
    }

    /** Refuses from the head on what was admitted in another term, or has waited too long. */
    private void refuseStale(@Nullable Term current) {
        for (Proposal head = queue.peek(); head != null; head = queue.peek()) {
            if (current == null || head.admittedIn != current) {
                dequeue(head);
                head.refuse(notLeader());
            } else if (monotonic.nanos() - head.submittedNanos >= WAIT_NANOS_MAX) {
                dequeue(head);
                head.refuse(Refusal.unavailable("the log did not take it in time"));
            } else {
                return;
            }
        }
    }

    /** The next entry; null if there is nothing to send. */
    private @Nullable SealedEntry seal(Term current) {
        long now = monotonic.nanos();
        LogEntryCodec.begin(out);
        List<Proposal> taken = new ArrayList<>();
        Proposal tick = ticks.takeDue(current, now);
        if (tick != null) {
            CommandCodec.encode(tick.command(), out);
            taken.add(tick);
        }
        takeQueued(current, taken);
        if (taken.isEmpty()) {
            return null;
        }
        try {
            SealedEntry entry = sealed(current, taken, now);
            if (tick != null) {
                ticks.sealed(entry);
            }
            return entry;
        } catch (RuntimeException e) {
            for (Proposal proposal : taken) {
                proposal.refuse(Refusal.unavailable("cannot make an entry: " + e));
            }
            throw e;
        }
    }

    private SealedEntry sealed(Term current, List<Proposal> taken, long now) {
        HybridTimestamp stamp = stamp(current, taken);
        List<Command> commands = new ArrayList<>(taken.size());
        for (Proposal proposal : taken) {
            commands.add(proposal.command());
        }
        byte[] bytes = LogEntryCodec.seal(out, taken.size(), stamp);
        lastSealedNanos = now;
        return new SealedEntry(this, current, new LogEntry(stamp, commands), taken, bytes, now);
    }

    private void takeQueued(Term current, List<Proposal> taken) {
        TransactionBudget budget = new TransactionBudget();
        while (taken.size() < Limits.COMMANDS_PER_ENTRY_MAX) {
            Proposal head = queue.peek();
            if (head == null || head.admittedIn != current) {
                return;
            }
            int before = out.length();
            try {
                CommandCodec.encode(head.command(), out);
            } catch (RuntimeException e) {
                // One command that cannot be written must not stop all others.
                out.truncate(before);
                dequeue(head);
                head.refuse(new Refusal(Status.INVALID_ARGUMENT, "", String.valueOf(e)));
                continue;
            }
            boolean full =
                    out.length() > Limits.ENTRY_BYTES_TARGET || !budget.takes(head.command());
            if (full && !taken.isEmpty()) {
                out.truncate(before);
                return;
            }
            dequeue(head);
            taken.add(head);
        }
    }

    private HybridTimestamp stamp(Term current, List<Proposal> taken) {
        if (clockTerm != current) {
            // A transfer that failed begins the same term again: a stamp is never used twice in it.
            if (clockTerm == null || clockTerm.number() != current.number()) {
                clock = new HybridClock(current.lastApplied());
            }
            clock.observe(current.lastApplied());
            clockTerm = current;
        }
        for (Proposal proposal : taken) {
            clock.observe(proposal.seen());
        }
        HybridTimestamp stamp = clock.next(physical.millis());
        // The entry's commands take this stamp and those right after it.
        clock.observe(new HybridTimestamp(stamp.packed() + taken.size() - 1));
        return stamp;
    }

    private boolean reserve(Proposal proposal) {
        int bytes = estimatedBytes(proposal.command());
        int reserved = givesBack(proposal.command().kind()) ? QUEUED_RESERVED : 0;
        if (queued.incrementAndGet() > QUEUED_COMMANDS_MAX + reserved) {
            queued.decrementAndGet();
            return false;
        }
        if (queuedBytes.addAndGet(bytes) > QUEUED_BYTES_MAX && reserved == 0) {
            queuedBytes.addAndGet(-bytes);
            queued.decrementAndGet();
            return false;
        }
        return true;
    }

    private static boolean givesBack(Command.Kind kind) {
        return kind == Command.Kind.RELEASE
                || kind == Command.Kind.CANCEL_WAIT
                || kind == Command.Kind.CLOSE_SESSION;
    }

    private void dequeue(Proposal head) {
        queue.remove();
        queued.decrementAndGet();
        queuedBytes.addAndGet(-estimatedBytes(head.command()));
    }

    private static int estimatedBytes(Command command) {
        if (command.kind() == Command.Kind.PUT) {
            Command.Put put = (Command.Put) command;
            return COMMAND_OVERHEAD_BYTES + put.key().length() + put.value().length();
        }
        return COMMAND_OVERHEAD_BYTES;
    }

    private Refusal notLeader() {
        return Refusal.notLeader(leaderAddress.get());
    }
}
