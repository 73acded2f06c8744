package dev.fencekv.cli.shell;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.RangeResult;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.SettingInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Names that only the cluster knows, for completion. A cluster that does not answer at once has
 * none: nobody waits for a TAB, and its failures are nobody's business.
 */
final class LiveNames {
    /** More are no help. */
    private static final int KEYS_MAX = 100;

    /** How the lock of an election begins: see {@link dev.fencekv.client.LeaderElection}. */
    private static final String ELECTION = "election/";

    private final KvClient client;
    private final List<String> endpoints;
    private final Duration patience;

    /** {@code patience}: how long a TAB may wait for an answer. */
    LiveNames(KvClient client, List<String> endpoints, Duration patience) {
        this.client = client;
        this.endpoints = endpoints;
        this.patience = patience;
    }

    List<String> locks() {
        return soon(client.listLocksAsync(), List.<LockInfo>of()).stream()
                .map(lock -> lock.name().value())
                .toList();
    }

    /** Those that somebody has stood in. */
    List<String> elections() {
        return locks().stream()
                .filter(lock -> lock.startsWith(ELECTION))
                .map(lock -> lock.substring(ELECTION.length()))
                .toList();
    }

    /** {@code LOCK:TOKEN} of those that are held. */
    List<String> fences() {
        return soon(client.listLocksAsync(), List.<LockInfo>of()).stream()
                .flatMap(lock -> fence(lock).stream())
                .toList();
    }

    private static Optional<String> fence(LockInfo lock) {
        return lock.grant().map(GrantInfo::token).map(token -> lock.name() + ":" + token);
    }

    /** The first keys that begin so, as far as they can be typed. */
    List<String> keys(String begun) {
        RangeQuery query =
                RangeQuery.prefix(begun)
                        .limit(KEYS_MAX)
                        .withoutRecords()
                        .options(ReadOptions.STALE);
        return soon(client.rangeAsync(query).thenApply(RangeResult::keys), List.<Key>of()).stream()
                .filter(key -> Key.of(key.toString()).equals(key))
                .map(Key::toString)
                .toList();
    }

    List<String> settings() {
        return soon(client.listSettingsAsync(), List.<SettingInfo>of()).stream()
                .map(SettingInfo::name)
                .toList();
    }

    /** Addresses for clients of all nodes that one of the endpoints knows of. */
    List<String> nodes() {
        TreeSet<String> nodes = new TreeSet<>(endpoints);
        for (String endpoint : endpoints) {
            Optional<NodeStatus> status =
                    soon(client.statusAsync(endpoint).thenApply(Optional::of), Optional.empty());
            if (status.isPresent()) {
                nodes.addAll(status.get().members());
                break;
            }
        }
        return List.copyOf(nodes);
    }

    private <T> T soon(CompletableFuture<T> asked, T otherwise) {
        try {
            return asked.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise;
        } catch (ExecutionException | TimeoutException | FenceKvException e) {
            return otherwise;
        }
    }
}
