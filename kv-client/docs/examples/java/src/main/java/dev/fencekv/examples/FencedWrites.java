package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import java.time.Duration;

/**
 * Read, compute and write under a lock, so that a holder that was paused does no harm: whatever it
 * writes once the lock is somebody else's is refused by the store.
 */
public final class FencedWrites {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private FencedWrites() {}

    public static void main(String[] endpoints) throws InterruptedException {
        try (KvClient client = FenceKv.builder().endpoints(endpoints).label("teller-1").build()) {
            System.out.println(deposit(client, 50, () -> {}));
        }
    }

    /**
     * Adds to a balance under the lock "accounts".
     *
     * @param meanwhile what happens between the read and the write: a long pause, for instance
     * @return what became of it, for people
     */
    public static String deposit(KvClient client, long amount, Runnable meanwhile)
            throws InterruptedException {
        FencedLock lock = client.lock("accounts");
        // Told off this thread, when the session runs out or an administrator takes the lock away.
        lock.onLost(loss -> System.out.println("lost the lock: " + loss.cause()));
        try {
            lock.lock(PATIENCE); // A fair queue.
        } catch (LockBusyException e) {
            return "somebody else has had the lock for " + PATIENCE.toSeconds() + " s";
        }
        try {
            String balance = lock.get("accounts/7").value().map(Object::toString).orElse("0");
            meanwhile.run();
            // Carries the token. isHeld() may have been true a moment ago: this is what counts.
            lock.put("accounts/7", Long.toString(Long.parseLong(balance) + amount));
            return "deposited " + amount;
        } catch (FencedException e) {
            return "too late, nothing was written: " + e.violations().get(0).reason();
        } finally {
            lock.unlock();
        }
    }
}
