package dev.fencekv.bench.demo;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replays chapter 8 of "Designing Data-Intensive Applications" with real processes on a running
 * cluster: a lock holder is stopped past its lease and goes on as if nothing had happened. First
 * without fencing, where its late write corrupts the data; then with a guard, where it is refused.
 */
public final class Demo {
    private static final String LOCK = "accounts";
    private static final Key PREFIX = Key.of("accounts/");
    private static final Key BALANCE = Key.of("accounts/balance");
    private static final long OPENING = 100;
    private static final long FIRST_ADDS = 10;
    private static final long SECOND_ADDS = 50;
    private static final long COMPUTE_MS = 1_500;
    private static final long CAUGHT_UP_WITHIN_MS = 10_000;

    private final List<String> endpoints;
    private final KvClient admin;
    private final Timeline timeline = new Timeline();

    private Demo(List<String> endpoints, KvClient admin) {
        this.endpoints = endpoints;
        this.admin = admin;
    }

    /** ENDPOINTS, separated by commas. Exits with 0 only if both halves came out as told. */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> endpoints = List.of(args[0].split(","));
        boolean asTold;
        try (KvClient admin = FenceKv.builder().endpoints(endpoints).label("demo").build()) {
            asTold = new Demo(endpoints, admin).play();
        }
        System.exit(asTold ? 0 : 1);
    }

    private boolean play() throws IOException, InterruptedException {
        timeline.heading("1. A lock with a lease, and nothing else");
        boolean corrupted = lateWrite(false);
        timeline.heading("2. The same, with a guard: kvcli guard set accounts/ --lock accounts");
        admin.setGuard(
                new Guard(PREFIX, new LockName(LOCK), GuardRule.STRICT, GuardMode.ENFORCE), false);
        boolean refused = lateWrite(true);
        timeline.heading("What came of it");
        timeline.verdict(corrupted, "without fencing the late write won and an update was lost");
        timeline.verdict(refused, "with fencing the late write was refused and no update was lost");
        return corrupted && refused;
    }

    /** True if it came out as the story says. */
    private boolean lateWrite(boolean fenced) throws IOException, InterruptedException {
        String mode = fenced ? "fenced" : "unfenced";
        openAccount(fenced);
        try (HolderProcess first = worker("worker-1", FIRST_ADDS, COMPUTE_MS, mode)) {
            FencingToken tokenA = FencingToken.parse(first.expect("TOKEN"));
            timeline.says(
                    "worker-1", "takes the lock: token " + tokenA + "  (pid " + first.pid() + ")");
            timeline.says("worker-1", "reads balance " + first.expect("READ"));
            timeline.says("worker-1", "checks that it holds the lock: " + first.expect("HELD"));
            first.pause();
            timeline.says("machine", "SIGSTOP worker-1: a long pause begins");
            try (HolderProcess second = worker("worker-2", SECOND_ADDS, 0, mode)) {
                FencingToken tokenB = FencingToken.parse(second.expect("TOKEN"));
                timeline.says(
                        "worker-2",
                        "takes the lock: token "
                                + tokenB
                                + "  (the lease of worker-1, 2 s, ran out)");
                timeline.says("worker-2", "reads balance " + second.expect("READ"));
                second.expect("HELD");
                timeline.says("worker-2", "writes balance " + second.expect("WROTE"));
                if (tokenB.compareTo(tokenA) <= 0) {
                    throw new IllegalStateException("a later grant must have a larger token");
                }
            }
            first.resume();
            timeline.says("machine", "SIGCONT worker-1: it goes on as if nothing had happened");
            String late = first.next();
            timeline.says("worker-1", late.replace("WROTE", "writes balance"));
            return fenced ? isIntact(late) : isCorrupted(late);
        }
    }

    private void openAccount(boolean guarded) {
        WriteResult opened = open(guarded);
        timeline.says(
                "account", "opens with balance " + OPENING + " at revision " + opened.revision());
    }

    /** Behind a guard even the demo itself needs the lock. */
    private WriteResult open(boolean guarded) {
        String balance = Long.toString(OPENING);
        if (!guarded) {
            return admin.put(BALANCE.toString(), balance);
        }
        FencedLock lock = admin.lock(LOCK);
        try {
            lock.lock(Duration.ofSeconds(20));
            WriteResult result = lock.put(BALANCE.toString(), balance);
            lock.unlock();
            return result;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private HolderProcess worker(String label, long amount, long computeMs, String mode)
            throws IOException {
        return HolderProcess.start(
                String.join(",", endpoints),
                label,
                LOCK,
                BALANCE.toString(),
                Long.toString(amount),
                Long.toString(computeMs),
                mode);
    }

    private boolean isCorrupted(String late) throws InterruptedException {
        long wanted = OPENING + FIRST_ADDS;
        timeline.says(
                "account",
                "worker-2 added "
                        + SECOND_ADDS
                        + ", and it is gone: "
                        + (OPENING + FIRST_ADDS + SECOND_ADDS)
                        + " would be right");
        return late.startsWith("WROTE") & everyNodeSays(wanted);
    }

    private boolean isIntact(String late) throws InterruptedException {
        boolean intact = everyNodeSays(OPENING + SECOND_ADDS);
        Rejection last = null;
        for (Rejection rejection : admin.listRejections(0)) {
            last = rejection;
        }
        if (last != null) {
            timeline.says(
                    "evidence",
                    last.violation() + "  key=" + last.key().map(Key::toString).orElse("none"));
        }
        return late.startsWith("REFUSED FENCED") & intact & last != null;
    }

    /** Asks each node by itself what it has, once it has applied all that we have seen. */
    private boolean everyNodeSays(long wanted) throws InterruptedException {
        admin.get(BALANCE.toString());
        long revision = admin.lastSeenRevision();
        boolean all = true;
        for (String endpoint : endpoints) {
            String value = valueAt(endpoint, revision);
            timeline.says("node " + endpoint, "balance " + value);
            all &= value.equals(Long.toString(wanted));
        }
        return all;
    }

    private String valueAt(String endpoint, long revision) throws InterruptedException {
        @Nullable RuntimeException last = null;
        long deadlineNanos = System.nanoTime() + CAUGHT_UP_WITHIN_MS * 1_000_000;
        try (KvClient node = FenceKv.connect(endpoint)) {
            while (System.nanoTime() < deadlineNanos) {
                try {
                    return node.get(BALANCE, ReadOptions.STALE.atLeast(revision))
                            .value()
                            .orElseThrow()
                            .toUtf8();
                } catch (RuntimeException e) {
                    last = e;
                    Thread.sleep(50);
                }
            }
        }
        return "unknown: " + last;
    }
}
