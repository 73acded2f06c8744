package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.OutcomeUnknownException;
import dev.fencekv.client.UnavailableException;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One node of three cannot decide anything, and does not pretend to. */
@Timeout(240)
class MajorityLostIT {
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);
    private static final int WRITES = 20;

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        client = cluster.client(cluster.builder("writer").requestTimeout(REQUEST_TIMEOUT));
        client.put("before", "1"); // Its session is open.
    }

    @Test
    void nothingIsAcknowledgedWhileTwoNodesAreDead() throws IOException {
        nothingIsAcknowledged(
                cluster::kill,
                node -> {
                    cluster.start(node);
                    cluster.awaitUp(node);
                });
    }

    @Test
    void nothingIsAcknowledgedWhileTwoNodesArePaused() throws IOException {
        nothingIsAcknowledged(
                node -> cluster.process(node).pause(), node -> cluster.process(node).resume());
    }

    /** Both followers stop, so that the leader that is left is one that has it all. */
    private void nothingIsAcknowledged(IntConsumer stop, IntConsumer goOn) throws IOException {
        int leader = cluster.leader();
        List<Integer> others = List.of((leader + 1) % 3, (leader + 2) % 3);
        others.forEach(stop::accept);
        Map<String, Class<?>> told = writeInVain();
        assertThatThrownBy(() -> client.get("before")).isInstanceOf(UnavailableException.class);

        others.forEach(goOn::accept);
        cluster.awaitWritable();
        WriteResult last = cluster.client("after").put("after", "1");
        checkAccount(told, last.revision());
    }

    /** What each write ended with, within the client's deadline. */
    private Map<String, Class<?>> writeInVain() {
        Map<String, CompletableFuture<WriteResult>> writes = new LinkedHashMap<>();
        for (int i = 0; i < WRITES; i++) {
            String key = "vain/" + i;
            writes.put(
                    key, client.putAsync(Key.of(key), Value.of(key), WriteOptions.NONE.ifAbsent()));
        }
        Map<String, Class<?>> told = new LinkedHashMap<>();
        writes.forEach((key, write) -> told.put(key, failure(write)));
        assertThat(told.values())
                .allMatch(
                        type ->
                                type == UnavailableException.class
                                        || type == OutcomeUnknownException.class);
        return told;
    }

    private static Class<?> failure(CompletableFuture<WriteResult> write) {
        try {
            return write.orTimeout(JavaProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join()
                    .getClass();
        } catch (CompletionException e) {
            return e.getCause().getClass();
        }
    }

    private void checkAccount(Map<String, Class<?>> told, long revision) throws IOException {
        Map<String, Optional<Versioned>> first = new HashMap<>();
        for (int node = 0; node < cluster.size(); node++) {
            cluster.awaitEverywhere("before", "1", revision);
            try (NodeReader reader = NodeReader.connect(cluster.endpoint(node))) {
                for (String key : told.keySet()) {
                    Optional<Versioned> found = reader.get(Key.of(key));
                    if (told.get(key) == UnavailableException.class) {
                        assertThat(found).as("%s was not applied", key).isEmpty();
                    }
                    found.ifPresent(record -> assertThat(record.version()).isEqualTo(1));
                    Optional<Versioned> other = first.putIfAbsent(key, found);
                    assertThat(other == null ? found : other).isEqualTo(found);
                }
            }
        }
    }
}
