package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.client.UnavailableException;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A time for each call, and requests that are not wanted any more. */
public final class DeadlinesAndCancellation {
    private DeadlinesAndCancellation() {}

    public static void main(String[] endpoints) {
        // For all requests of this client, retries included.
        try (KvClient client =
                FenceKv.builder()
                        .endpoints(endpoints)
                        .requestTimeout(Duration.ofSeconds(5))
                        .build()) {
            System.out.println("the price is " + price(client, Duration.ofMillis(200)));
            System.out.println("stopped waiting: " + stopWaiting(client, "printer"));
        }
    }

    /** A price that is fresh if that can be had in time, else what one node knows. */
    public static String price(KvClient client, Duration atMost) {
        try {
            return text(client.withRequestTimeout(atMost).get("price"));
        } catch (UnavailableException e) {
            // No majority, or not in time. A read is never "unknown"; a write might be.
            return text(client.get(Key.of("price"), ReadOptions.STALE));
        }
    }

    private static String text(ReadResult read) {
        return read.value().map(Value::toUtf8).orElse("not known");
    }

    /**
     * Waits for a lock and changes its mind: cancelling leaves the queue, and gives the lock back
     * if the grant was faster. A put that is cancelled before it was sent never is; one that was
     * sent may apply.
     */
    public static boolean stopWaiting(KvClient client, String lock) {
        CompletableFuture<FencingToken> token = client.lock(lock).lockAsync(Duration.ofMinutes(5));
        return token.cancel(false);
    }
}
