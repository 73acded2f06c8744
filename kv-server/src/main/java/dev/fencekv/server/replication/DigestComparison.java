package dev.fencekv.server.replication;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Compares what the nodes' states add up to at the same index. A node that differs from more than
 * half of the members has diverged, whoever is to blame: it must stop.
 *
 * <p>Safe from any thread.
 */
final class DigestComparison {
    /** A node that lags by more entries than these digests span is compared again later. */
    private static final int INDEXES_MAX = 256;

    /** By index: each node's digest, by its peer address. Guarded by this. */
    private final TreeMap<Long, Map<String, Long>> reports = new TreeMap<>();

    private final String own;

    /** {@code own}: this node's peer address. */
    DigestComparison(String own) {
        this.own = own;
    }

    /**
     * Notes what the node at {@code address} has at {@code index}.
     *
     * @param members how many nodes the cluster has
     * @return why this node must stop, if it must
     */
    synchronized Optional<String> reported(String address, long index, long digest, int members) {
        Map<String, Long> at = reports.computeIfAbsent(index, unused -> new HashMap<>());
        at.put(address, digest);
        while (reports.size() > INDEXES_MAX) {
            reports.pollFirstEntry();
        }
        Long mine = at.get(own);
        if (mine == null) {
            return Optional.empty();
        }
        for (long theirs : at.values()) {
            if (theirs != mine && Collections.frequency(at.values(), theirs) > members / 2) {
                return Optional.of(
                        ("this node has diverged: at entry %d its digest is %016x, that of most"
                                        + " nodes %016x; leave it stopped, keep its directory, and see"
                                        + " operations.md")
                                .formatted(index, mine, theirs));
            }
        }
        return Optional.empty();
    }
}
