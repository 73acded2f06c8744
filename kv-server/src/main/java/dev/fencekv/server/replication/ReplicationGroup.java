package dev.fencekv.server.replication;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The nodes that the engine replicates to, by their peer addresses, in order.
 *
 * @param voters a write is acknowledged once more than half of these have it on disk
 * @param learners receive the log too
 */
public record ReplicationGroup(List<String> voters, List<String> learners) {
    public ReplicationGroup {
        voters = voters.stream().sorted().toList();
        learners = learners.stream().sorted().toList();
    }

    boolean contains(String address) {
        return voters.contains(address) || learners.contains(address);
    }

    ReplicationGroup withVoter(String address) {
        return new ReplicationGroup(with(voters, address), learners);
    }

    ReplicationGroup withLearner(String address) {
        return new ReplicationGroup(voters, with(learners, address));
    }

    ReplicationGroup without(String address) {
        return new ReplicationGroup(without(voters, address), without(learners, address));
    }

    private static List<String> with(List<String> addresses, String added) {
        return Stream.concat(addresses.stream(), Stream.of(added)).toList();
    }

    private static List<String> without(List<String> addresses, String removed) {
        return addresses.stream().filter(each -> !each.equals(removed)).toList();
    }

    /** Whether {@code present} are more than half of {@code voters}. */
    static boolean isMajority(Collection<String> present, Collection<String> voters) {
        return 2 * voters.stream().filter(present::contains).count() > voters.size();
    }
}
