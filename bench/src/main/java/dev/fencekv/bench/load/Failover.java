package dev.fencekv.bench.load;

import dev.fencekv.bench.json.JsonObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Kills the leader (SIGKILL) under a load of puts, one every 10 ms whatever became of the others,
 * and takes the time to the first acknowledged put that began after the kill. Each put is of a new
 * key; at the end each is looked for.
 *
 * @param recoveredMs time without a leader, as clients see it; -1 if it did not end
 * @param acknowledged puts that were said to be done
 * @param lost of these, how many are not there
 * @param refused puts that were said not to be done, now or ever
 * @param risen of these, how many are there nevertheless
 * @param unknown puts of which neither was said
 */
public record Failover(
        double recoveredMs, int acknowledged, int lost, int refused, int risen, int unknown) {
    private static final long EVERY_NANOS = 10_000_000;
    private static final long BEFORE_NANOS = 2_000_000_000L;
    private static final long AFTER_NANOS = 500_000_000L;
    private static final long GIVE_UP_NANOS = 30_000_000_000L;
    private static final long ANSWERS_WITHIN_S = 5;
    private static final int READS_OUTSTANDING = 32;
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 128;

    /** How many are lost if the store never came back. */
    private static final int NOT_KNOWN = -1;

    private static final String KEY_PREFIX = "kil-";

    /** All that was said of one put. */
    private enum Said {
        NOTHING,
        DONE,
        NEVER,
        UNKNOWN
    }

    public boolean everyWriteAccountedFor() {
        return lost == 0 && risen == 0;
    }

    /**
     * Runs one against a target that is connected to all nodes.
     *
     * @param attempt tells the keys of one cluster's kills apart
     */
    public static Failover run(Target target, int connections, long leaderPid, int attempt)
            throws InterruptedException {
        Map<Integer, Said> puts = new ConcurrentHashMap<>();
        AtomicLong recoveredAt = new AtomicLong();
        Semaphore underWay = new Semaphore(Integer.MAX_VALUE);
        byte[] value = new byte[VALUE_BYTES];
        Pacer pacer = Pacer.SYSTEM;
        long begin = pacer.nanos();
        long killedAt = Long.MAX_VALUE;
        for (int i = 0; ; i++) {
            pacer.until(begin + i * EVERY_NANOS);
            long now = pacer.nanos();
            if (killedAt == Long.MAX_VALUE && now - begin >= BEFORE_NANOS) {
                ProcessHandle.of(leaderPid).ifPresent(ProcessHandle::destroyForcibly);
                killedAt = pacer.nanos();
            }
            boolean over =
                    recoveredAt.get() != 0
                            ? now - recoveredAt.get() > AFTER_NANOS
                            : killedAt != Long.MAX_VALUE && now - killedAt > GIVE_UP_NANOS;
            if (over) {
                break;
            }
            int number = i;
            boolean afterKill = killedAt != Long.MAX_VALUE;
            puts.put(number, Said.NOTHING);
            underWay.acquire();
            Target.Completion completion =
                    failure -> {
                        puts.put(number, said(target, failure));
                        if (failure == null && afterKill) {
                            recoveredAt.compareAndSet(0, pacer.nanos());
                        }
                        underWay.release();
                    };
            try {
                target.load(i % connections, key(attempt, number), value, completion);
            } catch (RuntimeException e) {
                completion.completed(e);
            }
        }
        underWay.tryAcquire(Integer.MAX_VALUE, ANSWERS_WITHIN_S, TimeUnit.SECONDS);
        double recovered = recoveredAt.get() == 0 ? -1 : (recoveredAt.get() - killedAt) / 1e6;
        return count(target, connections, attempt, puts, recovered);
    }

    private static byte[] key(int attempt, int number) {
        return Keys.key(KEY_PREFIX, attempt * 1_000_000 + number, KEY_BYTES);
    }

    private static Said said(Target target, @Nullable Throwable failure) {
        if (failure == null) {
            return Said.DONE;
        }
        return target.neverHappened(failure) ? Said.NEVER : Said.UNKNOWN;
    }

    private static Failover count(
            Target target,
            int connections,
            int attempt,
            Map<Integer, Said> puts,
            double recoveredMs)
            throws InterruptedException {
        Map<Integer, Boolean> present = new ConcurrentHashMap<>();
        Semaphore reads = new Semaphore(READS_OUTSTANDING);
        // A store that takes no writes answers no reads either.
        Map<Integer, Said> read = recoveredMs < 0 ? Map.of() : puts;
        CountDownLatch answered = new CountDownLatch(read.size());
        for (int number : read.keySet()) {
            reads.acquire();
            target.start(
                    Operation.GET_LINEARIZABLE,
                    number % connections,
                    key(attempt, number),
                    new byte[0],
                    failure -> {
                        present.put(number, failure == null);
                        reads.release();
                        answered.countDown();
                    });
        }
        answered.await(ANSWERS_WITHIN_S, TimeUnit.SECONDS);
        AtomicInteger lost = new AtomicInteger(recoveredMs < 0 ? NOT_KNOWN : 0);
        AtomicInteger risen = new AtomicInteger(recoveredMs < 0 ? NOT_KNOWN : 0);
        Map<Said, Integer> counts = new ConcurrentHashMap<>();
        puts.forEach(
                (number, said) -> {
                    counts.merge(said, 1, Integer::sum);
                    boolean there = present.getOrDefault(number, false);
                    if (recoveredMs < 0) {
                        return;
                    }
                    if (said == Said.DONE && !there) {
                        lost.incrementAndGet();
                    }
                    if (said == Said.NEVER && there) {
                        risen.incrementAndGet();
                    }
                });
        return new Failover(
                recoveredMs,
                counts.getOrDefault(Said.DONE, 0),
                lost.get(),
                counts.getOrDefault(Said.NEVER, 0),
                risen.get(),
                counts.getOrDefault(Said.UNKNOWN, 0) + counts.getOrDefault(Said.NOTHING, 0));
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("recoveredMs", recoveredMs)
                .put("acknowledged", acknowledged)
                .put("lost", lost)
                .put("refused", refused)
                .put("risen", risen)
                .put("unknown", unknown);
    }

    public static Failover ofJson(JsonObject json) {
        return new Failover(
                json.number("recoveredMs"),
                (int) json.whole("acknowledged"),
                (int) json.whole("lost"),
                (int) json.whole("refused"),
                (int) json.whole("risen"),
                (int) json.whole("unknown"));
    }
}
