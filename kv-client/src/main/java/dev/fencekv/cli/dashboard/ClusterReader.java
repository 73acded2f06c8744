package dev.fencekv.cli.dashboard;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Takes pictures of a cluster. Asks all nodes at the same time; one that is silent costs a moment,
 * and is asked again for the next picture. Owned by one thread.
 */
public final class ClusterReader {
    /** How long one picture may wait for answers. */
    private static final long WAIT_MS_MAX = 1000;

    /** More are a load on the cluster if they are read once a second. */
    private static final int LOCKS_LISTED_MAX = 1000;

    /** How far back rejections are looked for at first. */
    private static final long REVISIONS_BACK = 10_000;

    private static final int REJECTIONS_KEPT_MAX = 100;

    private final KvClient client;
    private final TreeSet<String> addresses;

    /** Under way or answered, by address; no node is asked twice at a time. */
    private final Map<String, CompletableFuture<NodeStatus>> statuses = new TreeMap<>();

    private final Map<String, CompletableFuture<NodeHealth>> healths = new TreeMap<>();

    private List<Rejection> rejections = List.of();
    private boolean answered;

    /**
     * @param endpoints where to begin; other members are learned
     */
    public ClusterReader(KvClient client, List<String> endpoints) {
        this.client = client;
        this.addresses = new TreeSet<>(endpoints);
    }

    /** Whether any node answered when it was asked last. */
    public boolean isAnswered() {
        return answered;
    }

    ClusterPicture look() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MS_MAX);
        for (String address : addresses) {
            ask(statuses, address, () -> client.statusAsync(address));
            ask(healths, address, () -> client.healthAsync(address));
        }
        List<NodePicture> nodes = new ArrayList<>();
        for (String address : List.copyOf(addresses)) {
            Optional<NodeStatus> status = answer(statuses.get(address), deadline);
            Optional<NodeHealth> health = answer(healths.get(address), deadline);
            // A node is shown by the address that it gives itself.
            String name = status.map(NodeStatus::address).orElse(address);
            if (nodes.stream().noneMatch(node -> node.address().equals(name))) {
                nodes.add(new NodePicture(name, status, health));
            }
        }
        learn(nodes);
        answered = nodes.stream().anyMatch(node -> node.status().isPresent());
        ClusterPicture sketch =
                new ClusterPicture(System.nanoTime(), nodes, Optional.empty(), Optional.empty());
        return new ClusterPicture(
                sketch.takenAtNanos(),
                nodes,
                locks(sketch, deadline),
                rejections(sketch, deadline));
    }

    private static <T> void ask(
            Map<String, CompletableFuture<T>> asked,
            String address,
            Supplier<CompletableFuture<T>> question) {
        CompletableFuture<T> before = asked.get(address);
        if (before == null || before.isDone()) {
            asked.put(address, question.get());
        }
    }

    private void learn(List<NodePicture> nodes) {
        TreeSet<String> members = new TreeSet<>();
        nodes.forEach(node -> node.status().ifPresent(it -> members.addAll(it.members())));
        if (!members.isEmpty()) {
            addresses.clear();
            addresses.addAll(members);
            statuses.keySet().retainAll(members);
            healths.keySet().retainAll(members);
        }
    }

    private Optional<List<LockInfo>> locks(ClusterPicture sketch, long deadline)
            throws InterruptedException {
        Optional<NodeStatus> known = sketch.leader();
        if (known.isEmpty() || known.get().locks() > LOCKS_LISTED_MAX) {
            return Optional.empty();
        }
        return known.get().locks() == 0
                ? Optional.of(List.of())
                : answer(client.listLocksAsync(), deadline);
    }

    private Optional<List<Rejection>> rejections(ClusterPicture sketch, long deadline)
            throws InterruptedException {
        if (sketch.leader().isEmpty()) {
            return Optional.empty();
        }
        long after =
                rejections.isEmpty()
                        ? Math.max(0, sketch.leader().get().revision() - REVISIONS_BACK)
                        : rejections.get(0).revision() - 1;
        Optional<List<Rejection>> listed = answer(client.listRejectionsAsync(after), deadline);
        listed.ifPresent(
                all ->
                        rejections =
                                List.copyOf(
                                        all.subList(
                                                Math.max(0, all.size() - REJECTIONS_KEPT_MAX),
                                                all.size())));
        return listed.map(unused -> rejections);
    }

    private static <T> Optional<T> answer(CompletableFuture<T> asked, long deadline)
            throws InterruptedException {
        try {
            long left = Math.max(0, deadline - System.nanoTime());
            return Optional.of(asked.get(left, TimeUnit.NANOSECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        }
    }
}
