package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Many writes at a time over one connection: they share packets, log entries and syncs of the disk,
 * which a loop of blocking puts does not.
 */
public final class PipelinedWrites {
    /** More than this only wait in the client: it takes 65 536, and then says "slow down". */
    private static final int OUTSTANDING_MAX = 1_000;

    private PipelinedWrites() {}

    public static void main(String[] endpoints) throws InterruptedException {
        try (KvClient client = FenceKv.connect(endpoints)) {
            System.out.println("written up to revision " + load(client, "load/", 10_000));
        }
    }

    /**
     * Puts {@code count} keys; the highest revision of them, once all are on a majority's disks.
     */
    public static long load(KvClient client, String prefix, int count) throws InterruptedException {
        Semaphore outstanding = new Semaphore(OUTSTANDING_MAX);
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outstanding.acquire();
            // Different keys: two writes that are under way may apply in either order.
            CompletableFuture<WriteResult> write =
                    client.putAsync(Key.of(prefix + i), Value.of("v" + i), WriteOptions.NONE);
            // Runs on the client's I/O thread: short, and never blocking.
            write.whenComplete((result, failure) -> outstanding.release());
            writes.add(write);
        }
        long highest = 0;
        for (CompletableFuture<WriteResult> write : writes) {
            highest = Math.max(highest, write.join().revision());
        }
        return highest;
    }
}
