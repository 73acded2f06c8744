package dev.fencekv.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which node to ask next. Owned by the event loop; knows no connections, and time as an argument:
 * nanoseconds of the monotonic clock.
 */
final class LeaderTracker {
    /** Configured ones and those that nodes have named; a cluster has fewer. */
    private static final int KNOWN_MAX = 128;

    /**
     * A node that could not be reached is not asked for so long if there are others, even if they
     * name it: until they have elected another leader they go on naming the old one.
     */
    static final long AVOID_NANOS = 1_000_000_000;

    /** Invariant: not empty, no duplicates. */
    private final List<String> known;

    /** When each node that could not be reached may be asked again. */
    private final Map<String, Long> avoidedUntil = new HashMap<>();

    /** Empty if not known. */
    private String leader = "";

    /** Invariant: an index of {@link #known}: whom to ask while no leader is known. */
    private int next;

    LeaderTracker(List<String> endpoints) {
        this.known = new ArrayList<>(endpoints.stream().distinct().toList());
    }

    /** The leader if known, else the node whose turn it is. */
    String target(long now) {
        return leader.isEmpty() ? reachableFrom(next, now) : leader;
    }

    /** Another node than {@code endpoint}, if there is one. */
    String after(String endpoint, long now) {
        return reachableFrom((known.indexOf(endpoint) + 1) % known.size(), now);
    }

    /** All nodes that are known and not avoided. */
    List<String> reachable(long now) {
        List<String> reachable = new ArrayList<>(known);
        reachable.removeIf(endpoint -> isAvoided(endpoint, now));
        return reachable;
    }

    boolean knowsLeader() {
        return !leader.isEmpty();
    }

    /** Somebody named the leader. False if it is not believed, for now. */
    boolean learned(String endpoint, long now) {
        if (!Endpoints.isEndpoint(endpoint)) {
            return false; // A node that is told a wrong address for itself tells it to us.
        }
        if (!known.contains(endpoint) && known.size() < KNOWN_MAX) {
            known.add(endpoint);
        }
        if (isAvoided(endpoint, now)) {
            return false;
        }
        leader = endpoint;
        return true;
    }

    /** {@code endpoint} is not the leader. Saying it twice changes nothing. */
    void notLeader(String endpoint) {
        if (leader.equals(endpoint)) {
            leader = "";
        }
        if (known.get(next).equals(endpoint)) {
            next = (next + 1) % known.size();
        }
    }

    /** {@code endpoint} cannot be reached, or not any more. */
    void unreachable(String endpoint, long now) {
        notLeader(endpoint);
        if (known.contains(endpoint)) {
            avoidedUntil.put(endpoint, now + AVOID_NANOS);
        }
    }

    void reached(String endpoint) {
        avoidedUntil.remove(endpoint);
    }

    private String reachableFrom(int start, long now) {
        for (int i = 0; i < known.size(); i++) {
            String candidate = known.get((start + i) % known.size());
            if (!isAvoided(candidate, now)) {
                return candidate;
            }
        }
        return known.get(start);
    }

    private boolean isAvoided(String endpoint, long now) {
        Long until = avoidedUntil.get(endpoint);
        return until != null && until - now > 0;
    }
}
