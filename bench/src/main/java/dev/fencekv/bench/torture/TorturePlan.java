package dev.fencekv.bench.torture;

import dev.fencekv.bench.cluster.Installation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * What is to be done.
 *
 * @param seed of the faults and of what the clients do
 * @param duration of the faults
 * @param clients processes
 * @param keys of registers at a time
 * @param tokens whether writes to the set show the lock's token; without, some must be lost
 * @param data where the servers keep theirs
 * @param out where histories, timeline and summary go
 */
public record TorturePlan(
        Installation installation,
        long seed,
        Duration duration,
        int nodes,
        Set<FaultKind> faults,
        int clients,
        int keys,
        boolean tokens,
        int basePort,
        Path data,
        Path out) {}
