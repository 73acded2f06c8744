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
import org.junit.jupiter.api.Timeout;

/** Fake nodes, and clients of them, closed after each test. */
@Timeout(120)
abstract class ClientFixture {
    /** No test waits for it unless it says so. */
    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

    final FakeStore store = new FakeStore();
    private final List<AutoCloseable> closing = new ArrayList<>();

    FakeNode node() {
        return node(store);
    }

    FakeNode node(FakeStore of) {
        FakeNode node = FakeNode.start(of);
        closing.add(node);
        return node;
    }

    KvClient client(FakeNode... nodes) {
        return build(settings(nodes));
    }

    /** By clocks that a test moves, with a session that outlives it. */
    KvClient client(ManualTime time, FakeNode... nodes) {
        return build(
                settings(nodes).sessionTtl(Duration.ofHours(1)).clocks(time, time).timers(time));
    }

    FenceKv.Builder settings(FakeNode... nodes) {
        List<String> endpoints = new ArrayList<>();
        for (FakeNode node : nodes) {
            endpoints.add(node.endpoint());
        }
        return FenceKv.builder()
                .endpoints(endpoints)
                .requestTimeout(REQUEST_TIMEOUT)
                .silence(REQUEST_TIMEOUT); // A busy machine must not look like a silent node.
    }

    KvClient build(FenceKv.Builder settings) {
        KvClient client = settings.build();
        closing.add(0, client);
        return client;
    }

    static void eventually(Callable<Boolean> holds) {
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(2)).until(holds);
    }

    /** As above, while time passes: slowly, so that a busy machine does not miss a deadline. */
    static void eventually(ManualTime time, Callable<Boolean> holds) {
        eventually(time, Duration.ofMillis(10), holds);
    }

    private static void eventually(ManualTime time, Duration step, Callable<Boolean> holds) {
        eventually(
                () -> {
                    time.advance(step);
                    return holds.call();
                });
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

    /** What the future fails with while time passes, fast: a deadline is what is waited for. */
    static Throwable failure(ManualTime time, CompletableFuture<?> future) {
        eventually(time, Duration.ofMillis(50), future::isDone);
        return failure(future);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : closing) {
            each.close();
        }
    }
}
