package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ManyResult;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.RangeResult;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Money moves between accounts while all of them are read: whoever sees two moments in one read
 * sees another sum.
 */
@Timeout(300)
class RangeIT {
    private static final int ACCOUNTS = 60;
    private static final long EACH = 100;
    private static final int ROUNDS = 40;
    private static final int PAGE_ROWS = 7;
    private static final RangeQuery ALL = RangeQuery.prefix("acct/");

    @RegisterExtension final Processes processes = new Processes();

    private final AtomicBoolean moving = new AtomicBoolean(true);
    private final AtomicLong moves = new AtomicLong();

    @Test
    void manyKeysAreReadAsOfOneRevisionWhileTheyChangeAndNodesDie() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        List<KvClient> readers = new ArrayList<>();
        for (String endpoint : cluster.endpoints()) {
            readers.add(cluster.client(cluster.builder("reader").endpoints(endpoint)));
        }
        KvClient mover = cluster.client("mover");
        open(mover);
        Thread moving = new Thread(() -> move(mover), "mover");
        moving.start();

        int victim = cluster.leader();
        for (int round = 0; round < ROUNDS; round++) {
            if (round == ROUNDS / 2) {
                cluster.kill(victim);
            }
            for (int node = 0; node < readers.size(); node++) {
                if (node != victim || round < ROUNDS / 2) {
                    read(readers.get(node));
                }
            }
        }
        long moved = moves.get();
        await().atMost(Duration.ofSeconds(60)).until(() -> moves.get() > moved);
        this.moving.set(false);
        moving.join();
        System.out.println(moves + " moves");

        cluster.start(victim);
        cluster.awaitUp(victim);
        for (KvClient reader : readers) {
            RangeResult inPages = reader.range(ALL.pageRows(PAGE_ROWS).reversed());
            check(inPages);
        }
        cluster.checkDigestsEqual();
    }

    private static void open(KvClient client) {
        for (int i = 0; i < ACCOUNTS; i++) {
            client.put(account(i).toString(), Long.toString(EACH));
        }
        // Transactions wait until all nodes have said that they can do them.
        await().atMost(Duration.ofSeconds(30)).until(() -> tryMove(client, new Random(1)));
    }

    private static Key account(int number) {
        return Key.of("acct/%03d".formatted(number));
    }

    private void move(KvClient client) {
        Random random = new Random(7);
        while (moving.get()) {
            if (tryMove(client, random)) {
                moves.incrementAndGet();
            }
        }
    }

    /** Whatever becomes of a move, it is whole or not at all. */
    private static boolean tryMove(KvClient client, Random random) {
        long amount = random.nextInt(50);
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        try {
            client.transaction()
                    .then(
                            Operation.increment(account(from), -amount),
                            Operation.increment(account(to), amount))
                    .commit();
            return true;
        } catch (FenceKvException e) {
            assertThat(e.status())
                    .as("%s", e.getMessage())
                    .isIn(Status.UNAVAILABLE, Status.OUTCOME_UNKNOWN, Status.UNSUPPORTED);
            return false;
        }
    }

    private void read(KvClient reader) {
        RangeResult fresh = reader.range(ALL);
        check(fresh);
        check(reader.range(ALL.options(ReadOptions.STALE)));
        assertThat(reader.count(KeyRange.prefix("acct/"), ReadOptions.LINEARIZABLE))
                .isEqualTo(ACCOUNTS);
        ManyResult many = reader.getAll(fresh.keys(), ReadOptions.LINEARIZABLE);
        assertThat(many.revision()).isGreaterThanOrEqualTo(fresh.revision());
        assertThat(sum(many.found().values())).isEqualTo(ACCOUNTS * EACH);
        check(reader.range(ALL.pageRows(PAGE_ROWS)));
        RangeResult before = reader.range(ALL.pageRows(PAGE_ROWS).reversed().at(fresh.revision()));
        check(before);
        assertThat(before.revision()).isEqualTo(fresh.revision());
        List<RangeRow> reversed = new ArrayList<>(fresh.rows());
        Collections.reverse(reversed);
        assertThat(before.rows()).as("read again, as it was").isEqualTo(reversed);
    }

    private static void check(RangeResult result) {
        assertThat(result.rows()).hasSize(ACCOUNTS);
        assertThat(result.drifted()).isFalse();
        List<Versioned> records =
                result.rows().stream()
                        .map(RangeRow::record)
                        .map(each -> each.orElseThrow())
                        .toList();
        assertThat(sum(records)).as("as of %d", result.revision()).isEqualTo(ACCOUNTS * EACH);
    }

    private static long sum(Collection<Versioned> records) {
        return records.stream().mapToLong(each -> Long.parseLong(each.value().toUtf8())).sum();
    }
}
