package dev.fencekv.client;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Fake nodes, and clients of them, closed after each test. */
abstract class ClientFixture {
    final FakeStore store = new FakeStore();
    private final List<AutoCloseable> closing = new ArrayList<>();

    FakeNode node() {
        FakeNode node = FakeNode.start(store);
        closing.add(node);
        return node;
    }

    /** With a request timeout that no test waits for unless it says so. */
    KvClient client(FakeNode... nodes) {
        return build(settings(nodes));
    }

    FenceKv.Builder settings(FakeNode... nodes) {
        List<String> endpoints = new ArrayList<>();
        for (FakeNode node : nodes) {
            endpoints.add(node.endpoint());
        }
        return FenceKv.builder().endpoints(endpoints).requestTimeout(Duration.ofSeconds(20));
    }

    KvClient build(FenceKv.Builder settings) {
        KvClient client = settings.build();
        closing.add(0, client);
        return client;
    }

    static void eventually(Callable<Boolean> holds) {
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(2)).until(holds);
    }

    static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    /** What the future fails with. */
    static Throwable failure(CompletableFuture<?> future) {
        try {
            Object value = future.get(10, TimeUnit.SECONDS);
            throw new AssertionError("succeeded with " + value);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : closing) {
            each.close();
        }
    }
}
