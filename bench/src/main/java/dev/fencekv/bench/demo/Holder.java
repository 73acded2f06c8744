package dev.fencekv.bench.demo;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import java.time.Duration;

/**
 * A worker in a JVM of its own, doing what such workers do: takes the lock, reads, checks that it
 * still holds the lock, computes, writes. Between the check and the write it may be stopped for as
 * long as the machine pleases.
 *
 * <p>Says what it does on standard output, one line a step: {@code TOKEN n}, {@code READ n}, {@code
 * HELD true}, then {@code WROTE} or {@code REFUSED why}.
 */
public final class Holder {
    static final Duration SESSION_TTL = Duration.ofSeconds(2);
    private static final Duration LOCK_WAIT = Duration.ofSeconds(20);

    private Holder() {}

    /** ENDPOINTS LABEL LOCK KEY AMOUNT COMPUTE_MS fenced|unfenced. */
    public static void main(String[] args) throws InterruptedException {
        String[] endpoints = args[0].split(",");
        LockName lockName = new LockName(args[2]);
        Key key = Key.of(args[3]);
        long amount = Long.parseLong(args[4]);
        long computeMs = Long.parseLong(args[5]);
        boolean fenced = args[6].equals("fenced");
        try (KvClient client =
                FenceKv.builder()
                        .endpoints(endpoints)
                        .label(args[1])
                        .sessionTtl(SESSION_TTL)
                        .build()) {
            FencedLock lock = client.lock(lockName.value());
            Fence fence = new Fence(lockName, lock.lock(LOCK_WAIT));
            say("TOKEN " + fence.token());
            long balance =
                    Long.parseLong(client.get(key.toString()).value().orElseThrow().toUtf8());
            say("READ " + balance);
            say("HELD " + lock.isHeld());
            Thread.sleep(computeMs);
            WriteOptions options = WriteOptions.NONE.withoutSession();
            try {
                client.put(
                        key,
                        Value.of(Long.toString(balance + amount)),
                        fenced ? options.fence(fence) : options);
                say("WROTE " + (balance + amount));
            } catch (FenceKvException e) {
                say("REFUSED " + e.getMessage());
            }
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
