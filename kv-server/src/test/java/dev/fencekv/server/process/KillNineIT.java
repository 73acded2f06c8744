package dev.fencekv.server.process;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes are killed at random moments under load, the leader as often as the others together. {@code
 * -Dfaults.seed=N} repeats the choices of a run, {@code -Dfaults.kills=N} makes it longer.
 */
@Timeout(600)
class KillNineIT {
    private static final int KILLS = Integer.getInteger("faults.kills", 20);
    private static final int CLIENTS = 4;

    @RegisterExtension final Processes processes = new Processes();

    private final long seed = Long.getLong("faults.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void noAcknowledgedWriteIsLostOrAppliedTwiceHoweverNodesAreKilled() throws IOException {
        System.out.println("-Dfaults.seed=" + seed);
        ProcessCluster cluster = ProcessCluster.start(processes);
        Workload workload = Workload.start(cluster, CLIENTS, seed);
        Set<Integer> restarting = Set.of();
        for (int kills = 0; kills < KILLS; kills += restarting.size()) {
            workload.awaitProgress(10 + random.nextInt(60));
            restarting.forEach(cluster::awaitUp);
            restarting = killAndRestart(cluster, workload);
        }
        restarting.forEach(cluster::awaitUp);
        workload.awaitProgress(20);
        workload.stop();
        System.out.println(workload.summary());
        checkEveryNode(cluster, workload);
    }

    /** Who was killed: one, and the other two serve; or two at once, and nobody can. */
    private Set<Integer> killAndRestart(ProcessCluster cluster, Workload workload) {
        Set<Integer> victims = new LinkedHashSet<>();
        victims.add(random.nextBoolean() ? cluster.leader() : random.nextInt(cluster.size()));
        boolean majorityLost = random.nextInt(4) == 0;
        while (majorityLost && victims.size() < 2) {
            victims.add(random.nextInt(cluster.size()));
        }
        victims.forEach(cluster::kill);
        if (!majorityLost && random.nextBoolean()) {
            workload.awaitProgress(1 + random.nextInt(20));
        }
        victims.forEach(cluster::start);
        return victims;
    }

    static void checkEveryNode(ProcessCluster cluster, Workload workload) throws IOException {
        cluster.checkDigestsEqual();
        workload.checkStampsGrow();
        for (String endpoint : cluster.endpoints()) {
            try (NodeReader node = NodeReader.connect(endpoint)) {
                workload.check(node);
            }
        }
    }
}
