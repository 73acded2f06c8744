package dev.fencekv.server.health;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.PeerHealth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Puts together what this node sees of the others and of itself, and says what should be done about
 * it. It does nothing by itself: whoever owns the engine asks for {@link #advice}.
 *
 * <p>Safe from any thread; {@link #heard} and {@link #heardLeader} are called for every message.
 */
public final class HealthMonitor implements PeerListener {
    /** From here on a node is taken to be gone: one such verdict in 10^8 would be wrong. */
    public static final double PHI_GONE = 8;

    /** Reports come ten times a second. */
    private static final long REPORTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * What this node is at the moment.
     *
     * @param leader the peer address of the leader; empty if none is known
     */
    public record Standing(boolean leads, String leader, long appliedIndex) {}

    /**
     * What should be done.
     *
     * @param electionTimeoutMs to be in force on this node
     * @param roundTripMs to the farthest node that lives
     * @param clock where this node's wall clock is
     * @param handOver this node should hand its leadership over
     */
    public record Advice(
            int electionTimeoutMs,
            long roundTripMs,
            ClockVerdict clock,
            Optional<HandOver.Decision> handOver) {}

    private final String self;
    private volatile List<String> members = List.of();
    private volatile Set<String> voters = Set.of();

    /**
     * All members but this node, by their peer addresses, in order. Never changed, only replaced:
     * it is looked into for every message.
     */
    private volatile Map<String, PeerRecord> peers = Map.of();

    private final WallClock wall;
    private final MonotonicClock monotonic;
    private final Supplier<Standing> standing;
    private final SyncTimes syncTimes;
    private final PauseDetector pauses;
    private final LongConsumer onPaused;

    // Guarded by this.
    private final LongestSilences silences = new LongestSilences();
    private final ClockOffsets clocks = new ClockOffsets();
    private final ElectionTimeout timeout;
    private final HandOver handOver = new HandOver();
    private String heardLast = "";
    private long heardLastNanos;

    /**
     * @param self this node's peer address
     * @param members the peer addresses of all nodes, see {@link #members}
     * @param timeoutMsMin the election timeout at first, and never less
     * @param timeoutMsMax and never more
     * @param heartbeatMs after an answered heartbeat the leader waits so long before the next
     * @param onPaused told when this process did not run, for how many nanoseconds: must not wait
     * @param standing asked on event loops: must not wait
     */
    public HealthMonitor(
            String self,
            List<String> members,
            int timeoutMsMin,
            int timeoutMsMax,
            int heartbeatMs,
            WallClock wall,
            MonotonicClock monotonic,
            SyncTimes syncTimes,
            LongConsumer onPaused,
            Supplier<Standing> standing) {
        this.self = self;
        this.wall = wall;
        this.monotonic = monotonic;
        this.syncTimes = syncTimes;
        this.standing = standing;
        this.onPaused = onPaused;
        long now = monotonic.nanos();
        this.timeout = new ElectionTimeout(timeoutMsMin, timeoutMsMax, heartbeatMs, now);
        this.pauses = new PauseDetector(timeoutMsMin / 2, this::paused);
        members(members, members);
    }

    /**
     * Who belongs to the cluster from now on. Of one that left and came back, nothing is known.
     *
     * @param all peer addresses
     * @param voting those that shall vote: only for them an election timeout is made longer
     */
    public synchronized void members(List<String> all, List<String> voting) {
        members = all.stream().sorted().toList();
        voters = Set.copyOf(voting);
        Map<String, PeerRecord> next = new LinkedHashMap<>();
        for (String member : members) {
            if (!member.equals(self)) {
                PeerRecord known = peers.get(member);
                next.put(member, known == null ? new PeerRecord(monotonic.nanos()) : known);
            }
        }
        peers = next;
    }

    /**
     * Whether another node has told how it is within the last second. Unlike suspicion, which gives
     * the benefit of the doubt, this does not hold of one that was never heard, nor after a pause
     * of our own.
     */
    public boolean hasReported(String member) {
        PeerRecord record = peers.get(member);
        return record != null && record.hasReportedSince(monotonic.nanos() - REPORTED_NANOS);
    }

    /** The last entry that the node said it has applied; 0 if it never did. */
    public synchronized long appliedIndex(String member) {
        PeerRecord record = peers.get(member);
        return record == null ? 0 : record.last.appliedIndex();
    }

    /** The node begins its work: what the start took is no pause. */
    public void begin() {
        pauses.begin(monotonic.nanos());
    }

    /** To be called every {@value PauseDetector#BEAT_MS} ms by several threads. */
    public void beat() {
        pauses.beat(monotonic.nanos());
    }

    /** Before what must not happen after a pause: whoever is to be told of one has been. */
    public void look() {
        pauses.look(monotonic.nanos());
    }

    @Override
    public PeerReport report() {
        Standing now = standing.get();
        long nanos = monotonic.nanos();
        long syncP99Micros = syncTimes.p99Micros(nanos);
        synchronized (this) {
            return new PeerReport(
                    wall.millis(),
                    syncP99Micros,
                    TimeUnit.NANOSECONDS.toMillis(silences.usualNanos(nanos)),
                    timeout.nowMs(),
                    now.leads(),
                    now.appliedIndex());
        }
    }

    @Override
    public void heard(String peer) {
        PeerRecord record = peers.get(peer);
        if (record != null) {
            record.detector.heard(monotonic.nanos());
        }
    }

    @Override
    public void heardLeader(String leader) {
        // After a pause what waited in the socket comes before the beat: it was not silent.
        look();
        long now = monotonic.nanos();
        synchronized (this) {
            if (leader.equals(heardLast)) {
                silences.ended(now, now - heardLastNanos);
            }
            heardLast = leader;
            heardLastNanos = now;
        }
    }

    @Override
    public void reported(String peer, PeerReport report) {
        PeerRecord record = peers.get(peer);
        if (record == null) {
            return;
        }
        record.detector.rhythm(monotonic.nanos());
        record.reported(monotonic.nanos());
        Standing now = standing.get();
        synchronized (this) {
            record.last = report;
            if (report.leads() && peer.equals(now.leader()) && !now.leads()) {
                timeout.announced(
                        report.electionTimeoutMs(), farthestRoundTripMs(monotonic.nanos()));
            }
        }
    }

    @Override
    public void answered(String peer, long roundTripNanos, PeerReport report) {
        PeerRecord record = peers.get(peer);
        if (record == null) {
            return;
        }
        long half = TimeUnit.NANOSECONDS.toMicros(roundTripNanos) / 2;
        long offset = TimeUnit.MILLISECONDS.toMicros(report.wallMs() - wall.millis()) + half;
        long readingMicros = TimeUnit.MILLISECONDS.toMicros(1);
        record.reported(monotonic.nanos());
        synchronized (this) {
            record.last = report;
            record.roundTrip(roundTripNanos);
            clocks.sampled(peer, offset, half + readingMicros, monotonic.nanos());
        }
    }

    /** What this node measures of others means nothing now. */
    private void paused(long nanos) {
        onPaused.accept(nanos);
        long now = monotonic.nanos();
        peers.values().forEach(peer -> peer.detector.observerPaused(now));
        synchronized (this) {
            clocks.forget();
            heardLast = "";
        }
    }

    /**
     * To be asked ten times a second.
     *
     * @param lastIndex the end of this node's log
     * @param canLead whether a node has a vote now: asked if this node leads; may ask the engine
     */
    public Advice advice(long lastIndex, Predicate<String> canLead) {
        // Before our lock is taken: the engine's may be held where we are told something.
        Set<String> able =
                standing.get().leads()
                        ? peers.keySet().stream().filter(canLead).collect(Collectors.toSet())
                        : Set.of();
        return advice(lastIndex, able);
    }

    private synchronized Advice advice(long lastIndex, Set<String> able) {
        long now = monotonic.nanos();
        boolean leads = standing.get().leads();
        Optional<List<String>> outsiders = clocks.outsiders(self, members, now);
        ClockVerdict clock = verdict(outsiders, self);
        Optional<HandOver.Decision> leave = Optional.empty();
        timeout.raise(farthestRoundTripMs(now), now);
        if (leads) {
            timeout.choose(farthestSilenceMs(now), farthestRoundTripMs(now), now);
            leave =
                    handOver.look(
                            clock != ClockVerdict.OUTSIDE,
                            syncTimes.p99Micros(now),
                            candidates(lastIndex, able, outsiders, now),
                            now);
        }
        return new Advice(timeout.nowMs(), farthestRoundTripMs(now), clock, leave);
    }

    private static ClockVerdict verdict(Optional<List<String>> outsiders, String node) {
        return outsiders
                .map(out -> out.contains(node) ? ClockVerdict.OUTSIDE : ClockVerdict.WITHIN)
                .orElse(ClockVerdict.NOT_JUDGED);
    }

    /** Of another node. */
    private ClockVerdict clockOf(String peer, Optional<List<String>> outsiders, long now) {
        return clocks.of(peer, now).isPresent()
                ? verdict(outsiders, peer)
                : ClockVerdict.NOT_JUDGED;
    }

    private long farthestSilenceMs(long now) {
        return livingVoters(now).stream().mapToLong(peer -> peer.last.silenceMs()).max().orElse(0);
    }

    private long farthestRoundTripMs(long now) {
        return TimeUnit.NANOSECONDS.toMillis(
                livingVoters(now).stream().mapToLong(PeerRecord::roundTripNanos).max().orElse(0));
    }

    private List<PeerRecord> livingVoters(long now) {
        return peers.entrySet().stream()
                .filter(peer -> voters.contains(peer.getKey()))
                .map(Map.Entry::getValue)
                .filter(peer -> peer.detector.phi(now) < PHI_GONE)
                .toList();
    }

    private List<HandOver.Candidate> candidates(
            long lastIndex, Set<String> able, Optional<List<String>> outsiders, long now) {
        List<HandOver.Candidate> candidates = new ArrayList<>();
        peers.forEach(
                (address, peer) -> {
                    if (able.contains(address)
                            && peer.detector.phi(now) < 1
                            && peer.last.appliedIndex() > 0) {
                        candidates.add(
                                new HandOver.Candidate(
                                        address,
                                        lastIndex - peer.last.appliedIndex(),
                                        peer.last.syncP99Micros(),
                                        outsiders.isEmpty()
                                                || clockOf(address, outsiders, now)
                                                        == ClockVerdict.WITHIN));
                    }
                });
        return candidates;
    }

    /** Microseconds, see {@link SyncTimes}. */
    public long syncP99Micros() {
        return syncTimes.p99Micros(monotonic.nanos());
    }

    public int pauses() {
        return pauses.pauses();
    }

    public long longestPauseMs() {
        return pauses.longestMs();
    }

    public synchronized int electionTimeoutMs() {
        return timeout.nowMs();
    }

    public synchronized ClockVerdict clock() {
        return verdict(clocks.outsiders(self, members, monotonic.nanos()), self);
    }

    /** What is known of each other node, by its peer address. */
    public synchronized List<PeerHealth> peers() {
        long now = monotonic.nanos();
        Optional<List<String>> outsiders = clocks.outsiders(self, members, now);
        List<PeerHealth> known = new ArrayList<>();
        peers.forEach(
                (address, peer) -> {
                    Optional<ClockOffsets.Offset> offset = clocks.of(address, now);
                    known.add(
                            new PeerHealth(
                                    address,
                                    PeerHealth.milli(peer.detector.phi(now)),
                                    peer.detector.rhythmMicros(),
                                    TimeUnit.NANOSECONDS.toMicros(peer.roundTripNanos()),
                                    offset.map(ClockOffsets.Offset::offsetMicros).orElse(0L),
                                    offset.map(ClockOffsets.Offset::errorMicros)
                                            .orElse(PeerHealth.NOT_KNOWN),
                                    clockOf(address, outsiders, now),
                                    peer.last.syncP99Micros(),
                                    peer.last.silenceMs(),
                                    peer.last.electionTimeoutMs(),
                                    peer.last.appliedIndex()));
                });
        return known;
    }
}
