package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.OutcomeUnknownException;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.client.SessionExpiredException;
import dev.fencekv.client.UnavailableException;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Clients that write while nodes fail, and keep account of what they were told. Afterwards {@link
 * #check} compares the account with what every node has:
 *
 * <ul>
 *   <li>new keys, each written once: acknowledged ones are there, as written by that very revision;
 *       refused ones are not; of unknown outcome, the same everywhere
 *   <li>counters, by {@code ifRevision}: as high as increments were acknowledged, or up to as many
 *       higher as were unknown; no two acknowledged increments made the same number
 *   <li>a ledger that is appended to under a lock, behind an enforced guard: each acknowledged
 *       entry once, in the order of the tokens
 * </ul>
 *
 * <p>Safe from any thread; {@link #check} after {@link #stop}.
 */
final class Workload {
    private static final int COUNTERS = 4;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LOCK_WAIT = Duration.ofSeconds(5);

    private static final Duration SESSION_TTL = Duration.ofSeconds(10);

    private static final String LOCK = "ledger";
    private static final Key LEDGER = Key.of("ledger/entries");

    /** What a write may be answered with although nothing is wrong: it was not applied. */
    private static final Set<Status> REFUSALS =
            EnumSet.of(Status.UNAVAILABLE, Status.OVERLOADED, Status.SESSION_EXPIRED);

    private enum Told {
        APPLIED,
        NOT_APPLIED,
        UNKNOWN
    }

    /** What a client was told of one write; the result only if it was applied. */
    private record Answer(Told told, WriteResult result) {}

    private static final WriteResult NO_RESULT = new WriteResult(false, 0, HybridTimestamp.ZERO);

    private final ProcessCluster cluster;
    private final Duration requestTimeout;
    private final Duration sessionTtl;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean stopping;

    private final Map<String, Answer> newKeys = new ConcurrentHashMap<>();
    private final Map<String, Set<Long>> counted = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> countedPerhaps = new ConcurrentHashMap<>();
    private final Map<String, Told> ledger = new ConcurrentHashMap<>();

    /** What the first node that was checked has of the keys of unknown outcome. */
    private final Map<String, Optional<Versioned>> unknown = new HashMap<>();

    private final AtomicLong newestToken = new AtomicLong();

    /** Revision to stamp of each acknowledged write. */
    private final NavigableMap<Long, HybridTimestamp> revisions = new ConcurrentSkipListMap<>();

    private Workload(ProcessCluster cluster, Duration requestTimeout, Duration sessionTtl) {
        this.cluster = cluster;
        this.requestTimeout = requestTimeout;
        this.sessionTtl = sessionTtl;
    }

    /** Guards the ledger, then lets the clients loose. They give up early, to leave doubts. */
    static Workload start(ProcessCluster cluster, int clients, long seed) {
        return start(new Workload(cluster, REQUEST_TIMEOUT, SESSION_TTL), clients, seed);
    }

    /** Of clients that ask again until they know: see {@link #checkNothingIsInDoubt}. */
    static Workload startPatient(ProcessCluster cluster, int clients, long seed) {
        Workload workload = new Workload(cluster, JavaProcess.PATIENCE, JavaProcess.PATIENCE);
        return start(workload, clients, seed);
    }

    private static Workload start(Workload workload, int clients, long seed) {
        Guard guard =
                new Guard(
                        Key.of("ledger/"), new LockName(LOCK), GuardRule.STRICT, GuardMode.ENFORCE);
        workload.cluster.client("ledger-keeper").setGuard(guard, true);
        for (int i = 0; i < clients; i++) {
            String name = "c" + i;
            Random random = new Random(seed + i);
            Thread thread = new Thread(() -> workload.run(name, random), "workload-" + name);
            thread.setDaemon(true);
            workload.threads.add(thread);
            thread.start();
        }
        return workload;
    }

    /** Writes that were acknowledged so far. Throws if a client has met what must not be. */
    long acknowledged() {
        throwFailures();
        return acknowledged.get();
    }

    private void throwFailures() {
        Throwable failure = failures.peek();
        if (failure != null) {
            throw new AssertionError("a client was told what must not be", failure);
        }
    }

    /** Lets each client end its last write. */
    void stop() {
        stopping = true;
        for (Thread thread : threads) {
            try {
                thread.join(JavaProcess.PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            assertThat(thread.isAlive()).as("%s still runs", thread.getName()).isFalse();
        }
        throwFailures();
    }

    private void run(String name, Random random) {
        try (KvClient client =
                cluster.builder(name)
                        .requestTimeout(requestTimeout)
                        .sessionTtl(sessionTtl)
                        .build()) {
            for (int step = 0; !stopping && failures.isEmpty(); step++) {
                switch (random.nextInt(4)) {
                    case 0 -> increment(client, "counter/" + random.nextInt(COUNTERS));
                    case 1 -> appendToLedger(client, name + "." + step);
                    default -> writeNewKey(client, "new/" + name + "/" + step);
                }
            }
        } catch (InterruptedException | RuntimeException | AssertionError e) {
            failures.add(e);
        }
    }

    // --- what clients do -----------------------------------------------------------------------

    private void writeNewKey(KvClient client, String key) {
        Answer answer =
                write(() -> client.put(Key.of(key), Value.of(key), WriteOptions.NONE.ifAbsent()));
        newKeys.put(key, answer);
    }

    private void increment(KvClient client, String key) {
        Optional<ReadResult> read = read(client, key);
        if (read.isEmpty()) {
            return;
        }
        Optional<Versioned> before = read.get().record();
        long next = before.map(record -> number(record) + 1).orElse(1L);
        WriteOptions options =
                before.map(record -> WriteOptions.NONE.ifRevision(record.modifyRevision()))
                        .orElse(WriteOptions.NONE.ifAbsent());
        Value value = Value.of(Long.toString(next));
        Answer answer;
        try {
            answer = write(() -> client.put(Key.of(key), value, options));
        } catch (ConditionFailedException e) {
            return; // Somebody else was faster.
        }
        if (answer.told == Told.APPLIED) {
            Set<Long> numbers = counted.computeIfAbsent(key, k -> ConcurrentHashMap.newKeySet());
            assertThat(numbers.add(next)).as("%s counted to %d twice", key, next).isTrue();
        } else if (answer.told == Told.UNKNOWN) {
            countedPerhaps.computeIfAbsent(key, k -> new AtomicLong()).incrementAndGet();
        }
    }

    private void appendToLedger(KvClient client, String name) throws InterruptedException {
        FencedLock lock = client.lock(LOCK);
        long before = newestToken.get();
        long token;
        try {
            token = lock.lock(LOCK_WAIT).value();
        } catch (FenceKvException e) {
            checkRefusal(e, LockBusyException.class);
            return;
        }
        assertThat(token).as("a later grant has a larger token").isGreaterThan(before);
        newestToken.accumulateAndGet(token, Math::max);
        String entry = token + ":" + name;
        try {
            String entries =
                    lock.get(LEDGER, ReadOptions.LINEARIZABLE)
                            .value()
                            .map(value -> value.toUtf8() + " ")
                            .orElse("");
            Answer answer =
                    write(() -> lock.put(LEDGER, Value.of(entries + entry), WriteOptions.NONE));
            ledger.put(entry, answer.told);
        } catch (FenceKvException e) {
            checkRefusal(e, FencedException.class); // The read, or a lease that has ended.
        } finally {
            unlock(lock);
        }
    }

    private static void unlock(FencedLock lock) {
        try {
            lock.unlock();
        } catch (FenceKvException e) {
            checkRefusal(e, FencedException.class); // The client goes on trying.
        }
    }

    private static Optional<ReadResult> read(KvClient client, String key) {
        try {
            return Optional.of(client.get(key));
        } catch (UnavailableException e) {
            return Optional.empty();
        }
    }

    private static long number(Versioned record) {
        return Long.parseLong(record.value().toUtf8());
    }

    /** Refusals that belong to the write's condition or fence are the caller's. */
    private Answer write(Supplier<WriteResult> write) {
        try {
            WriteResult result = write.get();
            HybridTimestamp other = revisions.put(result.revision(), result.stamp());
            assertThat(other).as("revision %d is another write's", result.revision()).isNull();
            acknowledged.incrementAndGet();
            return new Answer(Told.APPLIED, result);
        } catch (OutcomeUnknownException e) {
            return new Answer(Told.UNKNOWN, NO_RESULT);
        } catch (UnavailableException | SessionExpiredException e) {
            return new Answer(Told.NOT_APPLIED, NO_RESULT);
        }
    }

    private static void checkRefusal(
            FenceKvException e, Class<? extends FenceKvException> expected) {
        boolean plausible =
                expected.isInstance(e)
                        || e instanceof OutcomeUnknownException
                        || REFUSALS.contains(e.status());
        if (!plausible) {
            throw e;
        }
    }

    // --- what must be true afterwards ----------------------------------------------------------

    /** Compares the account with one node, which must have applied everything. */
    void check(NodeReader node) throws IOException {
        checkNewKeys(node);
        for (int i = 0; i < COUNTERS; i++) {
            checkCounter(node, "counter/" + i);
        }
        checkLedger(node);
    }

    private void checkNewKeys(NodeReader node) throws IOException {
        for (Map.Entry<String, Answer> written : newKeys.entrySet()) {
            String key = written.getKey();
            Optional<Versioned> found = node.get(Key.of(key));
            switch (written.getValue().told) {
                case APPLIED -> {
                    assertThat(found).as("%s was acknowledged", key).isPresent();
                    Versioned record = found.orElseThrow();
                    assertThat(record.value().toUtf8()).isEqualTo(key);
                    assertThat(record.version()).as("%s has one effect", key).isEqualTo(1);
                    assertThat(record.modifyRevision())
                            .as("%s is of its own revision", key)
                            .isEqualTo(written.getValue().result.revision());
                }
                case NOT_APPLIED -> assertThat(found).as("%s was refused", key).isEmpty();
                case UNKNOWN -> {
                    Optional<Versioned> elsewhere = unknown.putIfAbsent(key, found);
                    assertThat(elsewhere == null || elsewhere.equals(found))
                            .as("%s is the same on all nodes", key)
                            .isTrue();
                }
            }
        }
    }

    private void checkCounter(NodeReader node, String key) throws IOException {
        Optional<Versioned> found = node.get(Key.of(key));
        long value = found.map(Workload::number).orElse(0L);
        Set<Long> numbers = counted.getOrDefault(key, Set.of());
        long perhaps = countedPerhaps.getOrDefault(key, new AtomicLong()).get();
        assertThat(value)
                .as("%s: %d acknowledged, %d unknown", key, numbers.size(), perhaps)
                .isBetween((long) numbers.size(), numbers.size() + perhaps);
        assertThat(found.map(Versioned::version).orElse(0L))
                .as("each put of %s counted one up", key)
                .isEqualTo(value);
    }

    private void checkLedger(NodeReader node) throws IOException {
        String text = node.get(LEDGER).map(record -> record.value().toUtf8()).orElse("");
        List<String> entries = text.isEmpty() ? List.of() : Arrays.asList(text.split(" "));
        assertThat(entries).as("each entry once").doesNotHaveDuplicates();
        assertThat(entries.stream().map(Workload::token)).as("in the order of tokens").isSorted();
        ledger.forEach(
                (entry, told) -> {
                    switch (told) {
                        case APPLIED -> assertThat(entries).as("acknowledged").contains(entry);
                        case NOT_APPLIED -> assertThat(entries).as("refused").doesNotContain(entry);
                        case UNKNOWN -> {}
                    }
                });
    }

    private static long token(String entry) {
        return Long.parseLong(entry.substring(0, entry.indexOf(':')));
    }

    /** Every write has a revision of its own, and later ones have later stamps. */
    void checkStampsGrow() {
        assertThat(new ArrayList<>(revisions.values())).isSorted().doesNotHaveDuplicates();
    }

    /** Every write was either applied or, by its lease or its session, refused for good. */
    void checkNothingIsInDoubt() {
        assertThat(newKeys)
                .as("each new key was acknowledged")
                .allSatisfy((key, answer) -> assertThat(answer.told).isEqualTo(Told.APPLIED));
        assertThat(countedPerhaps).as("increments of unknown outcome").isEmpty();
        assertThat(ledger).as("entries of unknown outcome").doesNotContainValue(Told.UNKNOWN);
    }

    String summary() {
        return "%d writes acknowledged, %d new keys of unknown outcome, newest token %d, %d entries"
                .formatted(
                        acknowledged.get(),
                        newKeys.values().stream()
                                .filter(answer -> answer.told == Told.UNKNOWN)
                                .count(),
                        newestToken.get(),
                        Collections.frequency(ledger.values(), Told.APPLIED));
    }

    /** Waits until {@code more} writes were acknowledged from now on. */
    void awaitProgress(long more) {
        long goal = acknowledged() + more;
        await(more + " more writes are acknowledged")
                .atMost(JavaProcess.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> acknowledged() >= goal);
    }
}
