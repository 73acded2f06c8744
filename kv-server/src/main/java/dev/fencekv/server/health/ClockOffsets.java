package dev.fencekv.server.health;

import dev.fencekv.kv.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Whose wall clock is wrong. The others' clocks are known as offsets to our own with an error
 * bound: half the round trip, from the best sample of the last seconds. A clock may differ by the
 * permitted offset from another; so each node stands for an interval as wide as that around its
 * reading, and more than half of <em>all</em> members must share one place before anybody is judged
 * (Marzullo: Maintaining the time in a distributed system, 1983).
 *
 * <p>Owned by one thread at a time. Nothing that must be correct depends on this.
 */
final class ClockOffsets {
    /** What was measured earlier says nothing of a clock that may have been set since. */
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int SAMPLES_MAX = 64;

    private static final long HALF_TOLERANCE_MICROS =
            TimeUnit.MILLISECONDS.toMicros(Limits.CLOCK_OFFSET_MS_MAX) / 2;

    /**
     * Another node's wall clock minus ours, in microseconds.
     *
     * @param errorMicros the true offset lies so far away at most
     */
    record Offset(long offsetMicros, long errorMicros, long atNanos) {}

    private record Interval(long from, long to) {
        boolean meets(Interval other) {
            return from <= other.to && other.from <= to;
        }
    }

    /** By node, oldest first. */
    private final Map<String, List<Offset>> samples = new TreeMap<>();

    void sampled(String node, long offsetMicros, long errorMicros, long nowNanos) {
        List<Offset> of = samples.computeIfAbsent(node, unused -> new ArrayList<>());
        Offset sample = new Offset(offsetMicros, errorMicros, nowNanos);
        if (of.size() == SAMPLES_MAX) {
            of.remove(0);
        }
        of.add(sample);
    }

    /** Our own clock was set, or we did not run: offsets to it mean nothing any more. */
    void forget() {
        samples.clear();
    }

    /**
     * The sharpest of the last seconds; but if the newest contradicts it, a clock was set, and the
     * newest is what holds.
     */
    Optional<Offset> of(String node, long nowNanos) {
        Offset best = null;
        Offset newest = null;
        for (Offset sample : samples.getOrDefault(node, List.of())) {
            if (nowNanos - sample.atNanos <= WINDOW_NANOS) {
                newest = sample;
                best = best == null || sample.errorMicros <= best.errorMicros ? sample : best;
            }
        }
        if (best == null || newest == null) {
            return Optional.empty();
        }
        boolean agree =
                Math.abs(best.offsetMicros - newest.offsetMicros)
                        <= best.errorMicros + newest.errorMicros + driftMicros(best, newest);
        return Optional.of(agree ? best : newest);
    }

    /** A clock that runs well strays less than a thousandth. */
    private static long driftMicros(Offset from, Offset to) {
        return TimeUnit.NANOSECONDS.toMicros(to.atNanos - from.atNanos) / 1000;
    }

    /**
     * Who is outside of what more than half of the members agree on; empty if they do not agree.
     *
     * @param self our own name
     * @param members all names, ours among them
     */
    Optional<List<String>> outsiders(String self, List<String> members, long nowNanos) {
        Map<String, Interval> intervals = new TreeMap<>();
        for (String member : members) {
            if (member.equals(self)) {
                intervals.put(member, interval(0, 0));
            } else {
                of(member, nowNanos)
                        .ifPresent(
                                known ->
                                        intervals.put(
                                                member,
                                                interval(known.offsetMicros, known.errorMicros)));
            }
        }
        return majority(intervals, members.size())
                .map(
                        agreed ->
                                intervals.entrySet().stream()
                                        .filter(each -> !each.getValue().meets(agreed))
                                        .map(Map.Entry::getKey)
                                        .toList());
    }

    private static Interval interval(long offset, long error) {
        return new Interval(
                offset - error - HALF_TOLERANCE_MICROS, offset + error + HALF_TOLERANCE_MICROS);
    }

    /** What is shared by the most intervals, if these are more than half of the members. */
    private static Optional<Interval> majority(Map<String, Interval> intervals, int members) {
        Interval best = null;
        int most = members / 2;
        for (Interval starting : intervals.values()) {
            long from = starting.from;
            long to = Long.MAX_VALUE;
            int sharing = 0;
            for (Interval each : intervals.values()) {
                if (each.from <= from && from <= each.to) {
                    sharing++;
                    to = Math.min(to, each.to);
                }
            }
            if (sharing > most) {
                most = sharing;
                best = new Interval(from, to);
            }
        }
        return Optional.ofNullable(best);
    }
}
