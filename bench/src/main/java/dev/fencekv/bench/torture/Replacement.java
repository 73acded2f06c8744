package dev.fencekv.bench.torture;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A node leaves the cluster and comes back with an empty disk, as another one, while other faults
 * go on: so whatever is refused or not answered is asked again. Runs in a thread of its own.
 */
final class Replacement {
    private static final int ASK_EVERY_MS = 200;

    private final FenceKvCluster cluster;
    private final int node;
    private final String address;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile @Nullable String failure;

    /** What is to be true in the end. */
    @FunctionalInterface
    private interface Wanted {
        boolean isSo(Optional<MemberInfo> member);
    }

    private Replacement(FenceKvCluster cluster, int node) {
        this.cluster = cluster;
        this.node = node;
        this.address = cluster.peerAddresses().get(node);
    }

    /**
     * @param diskFirst whether it is killed, and its disk lost, before it is removed
     * @param awayMs how long it stays away
     * @param after run when it is a voter again
     */
    static Replacement begin(
            FenceKvCluster cluster, int node, boolean diskFirst, long awayMs, Runnable after) {
        Replacement replacement = new Replacement(cluster, node);
        Thread thread =
                new Thread(
                        () -> {
                            replacement.run(diskFirst, awayMs);
                            if (replacement.failure == null) {
                                after.run();
                            }
                            replacement.done.complete(null);
                        },
                        "replacement-of-" + node);
        thread.setDaemon(true);
        thread.start();
        return replacement;
    }

    private void run(boolean diskFirst, long awayMs) {
        try {
            if (diskFirst) {
                cluster.wipe(node);
            }
            ask(MemberRole.NONE, Optional::isEmpty);
            cluster.wipe(node);
            Thread.sleep(awayMs);
            cluster.startJoining(node);
            ask(
                    MemberRole.VOTER,
                    member ->
                            member.filter(it -> it.wanted() == MemberRole.VOTER && it.isSettled())
                                    .isPresent());
        } catch (IOException | RuntimeException e) {
            failure = String.valueOf(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(MemberRole role, Wanted wanted) throws InterruptedException {
        KvClient admin = cluster.admin();
        while (true) {
            try {
                Optional<MemberInfo> now =
                        admin.listMembers().stream()
                                .filter(member -> member.peerAddress().equals(address))
                                .findFirst();
                if (wanted.isSo(now)) {
                    return;
                }
                if (now.isEmpty() || now.get().wanted() != role) {
                    admin.placeMember(address, role);
                }
            } catch (FenceKvException e) {
                // Nobody leads, or it cannot be done yet: other faults are under way.
            }
            Thread.sleep(ASK_EVERY_MS);
        }
    }

    /** Whether the node is a voter again: while it is not, no other one may go. */
    boolean isDone() {
        return done.isDone() && failure == null;
    }

    /** Waits, but not for ever. What is wrong, if the node is no voter again. */
    Optional<String> await(Duration atMost) throws InterruptedException {
        try {
            done.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Optional.of(address + " is no voter again after " + atMost.toSeconds() + " s");
        } catch (ExecutionException e) {
            return Optional.of(address + ": " + e.getCause());
        }
        return Optional.ofNullable(failure).map(why -> address + ": " + why);
    }
}
