package dev.fencekv.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.KvClient;
import dev.fencekv.junit.FenceKvCluster;
import dev.fencekv.junit.FenceKvTestCluster;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each example does what it says, on three nodes in a JVM without any special flags. */
@Timeout(120)
@FenceKvCluster(nodes = 3)
class ExamplesTest {
    @Test
    void twoSellersAtATimeSellNothingTwice(KvClient ann, KvClient bob) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        Future<?> anns = threads.submit(() -> sellTen(ann));
        Future<?> bobs = threads.submit(() -> sellTen(bob));
        anns.get();
        bobs.get();
        threads.shutdown();
        assertThat(PutGetAndConditions.sell(ann, "stock/4711", 0)).isEqualTo(100 - 2 * 10);
    }

    private static void sellTen(KvClient client) {
        for (int i = 0; i < 10; i++) {
            PutGetAndConditions.sell(client, "stock/4711", 1);
        }
    }

    @Test
    void aHolderThatIsTooLateWritesNothing(KvClient teller, KvClient other, KvClient admin)
            throws InterruptedException {
        assertThat(FencedWrites.deposit(teller, 100, () -> {})).isEqualTo("deposited 100");
        long before = number(admin, "accounts/7");

        String late =
                FencedWrites.deposit(
                        teller,
                        50,
                        () -> {
                            // What a pause past the lease comes to, without waiting for it.
                            admin.revokeLock(new LockName("accounts"), FencingToken.NONE);
                            depositByOther(other);
                        });

        assertThat(late).isEqualTo("too late, nothing was written: SUPERSEDED");
        assertThat(number(admin, "accounts/7")).isEqualTo(before + 11);
    }

    private static void depositByOther(KvClient other) {
        try {
            assertThat(FencedWrites.deposit(other, 11, () -> {})).isEqualTo("deposited 11");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsPaidIsNeitherLostNorMade(KvClient ann, KvClient bob) throws Exception {
        Key one = Key.of("purse/1");
        Key other = Key.of("purse/2");
        ann.put("purse/1", "10");
        ann.put("purse/2", "10");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        Future<Integer> there = threads.submit(() -> payOften(ann, one, other));
        Future<Integer> back = threads.submit(() -> payOften(bob, other, one));
        int moved = there.get() - back.get();
        threads.shutdown();
        assertThat(number(ann, "purse/1")).isEqualTo(10 - moved);
        assertThat(number(ann, "purse/2")).isEqualTo(10 + moved);
    }

    private static int payOften(KvClient client, Key from, Key to) {
        int paid = 0;
        for (int i = 0; i < 15; i++) {
            paid += AtomicTransfer.pay(client, from, to, 1) ? 1 : 0;
        }
        return paid;
    }

    private static long number(KvClient client, String key) {
        return Long.parseLong(client.get(key).value().orElseThrow().toUtf8());
    }

    @Test
    void aTotalIsOfOneMoment(KvClient client) {
        for (int i = 0; i < 250; i++) {
            client.put("shelf/%03d".formatted(i), Integer.toString(i));
        }
        assertThat(RangesAndPages.total(client, "shelf/")).isEqualTo(250 * 249 / 2);
        assertThat(RangesAndPages.last(client, "shelf/")).isEqualTo("shelf/249");
        assertThat(RangesAndPages.last(client, "nothing/")).isEqualTo("none");
    }

    @Test
    void aCopyFollowsTheStoreWhileNodesComeAndGo(FenceKvTestCluster cluster, KvClient client)
            throws InterruptedException {
        client.put("limits/a", "1");
        try (LocalCopy copy = new LocalCopy(client, "limits/")) {
            assertThat(copy.get("limits/a")).contains("1");
            for (int node = 0; node < 3; node++) {
                cluster.stop(node);
                client.put("limits/b", "of round " + node);
                copy.awaitRevision(client.delete("limits/a").revision());
                assertThat(copy.get("limits/a")).isEmpty();
                assertThat(copy.get("limits/b")).contains("of round " + node);
                copy.awaitRevision(client.put("limits/a", "again").revision());
                assertThat(copy.size()).isEqualTo(2);
                cluster.restart(node);
            }
        }
    }

    @Test
    void whoWasDeposedWritesNoBill(KvClient ann, KvClient bob, KvClient admin)
            throws InterruptedException {
        assertThat(OnlyOneLeads.billOnce(ann, "ann:1", () -> sees(admin, "ann:1")))
                .isEqualTo("wrote bill 1");
        sees(admin, "nobody");
        String late =
                OnlyOneLeads.billOnce(
                        ann,
                        "ann:1",
                        () -> {
                            // What a pause past the lease comes to, without waiting for it.
                            admin.revokeLock(new LockName("election/billing"), FencingToken.NONE);
                            billByOther(bob);
                        });
        assertThat(late).isEqualTo("deposed, no bill was written: SUPERSEDED");
        assertThat(number(admin, "bills/last")).isEqualTo(2);
    }

    private static void sees(KvClient client, String leader) {
        assertThat(OnlyOneLeads.whoLeads(client)).isEqualTo(leader);
    }

    private static void billByOther(KvClient other) {
        try {
            assertThat(OnlyOneLeads.billOnce(other, "bob:1", () -> sees(other, "bob:1")))
                    .isEqualTo("wrote bill 2");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noVisitIsCountedTwiceWhileNodesComeAndGo(FenceKvTestCluster cluster, KvClient client) {
        Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            if (i % 20 == 10) {
                int leader = cluster.awaitLeader();
                cluster.stop(leader);
                numbers.add(ExactlyOnceCounter.visit(client, "visits"));
                cluster.restart(leader);
            } else {
                numbers.add(ExactlyOnceCounter.visit(client, "visits"));
            }
        }
        assertThat(numbers).hasSize(60).contains(1L, 60L);
    }

    @Test
    void whatIsPipelinedIsAllThere(KvClient client) throws InterruptedException {
        long revision = PipelinedWrites.load(client, "load/", 2_000);
        assertThat(revision).isGreaterThanOrEqualTo(2_000);
        assertThat(client.get("load/0").value().orElseThrow().toUtf8()).isEqualTo("v0");
        assertThat(client.get("load/1999").value().orElseThrow().toUtf8()).isEqualTo("v1999");
    }

    @Test
    void aPriceIsToldAlsoWithoutAMajority(FenceKvTestCluster cluster, KvClient client) {
        client.put("price", "12");
        assertThat(DeadlinesAndCancellation.price(client, Duration.ofSeconds(10))).isEqualTo("12");
        int leader = cluster.awaitLeader();
        cluster.stop((leader + 1) % 3);
        cluster.stop((leader + 2) % 3);
        assertThat(DeadlinesAndCancellation.price(client, Duration.ofMillis(300))).isEqualTo("12");
    }

    @Test
    void whoStopsWaitingLeavesTheQueue(KvClient holder, KvClient waiter) {
        assertThat(holder.lock("printer").tryLock()).isTrue();
        assertThat(DeadlinesAndCancellation.stopWaiting(waiter, "printer")).isTrue();
    }

    @Test
    void anOrderIsPlacedOrNotOrThatIsNotKnown(FenceKvTestCluster cluster, KvClient client) {
        assertThat(UnknownOutcomes.place(client, "1", "a")).isEqualTo(UnknownOutcomes.Order.PLACED);
        int leader = cluster.awaitLeader();
        cluster.stop((leader + 1) % 3);
        cluster.stop((leader + 2) % 3);
        KvClient hasty = client.withRequestTimeout(Duration.ofMillis(500));
        assertThat(UnknownOutcomes.place(hasty, "2", "b"))
                .isNotEqualTo(UnknownOutcomes.Order.PLACED);
    }

    @Test
    void everyExampleRunsByItself(FenceKvTestCluster cluster) throws InterruptedException {
        String[] endpoints = cluster.endpoints().toArray(String[]::new);
        PutGetAndConditions.main(endpoints);
        FencedWrites.main(endpoints);
        ExactlyOnceCounter.main(endpoints);
        PipelinedWrites.main(endpoints);
        AtomicTransfer.main(endpoints);
        RangesAndPages.main(endpoints);
        DeadlinesAndCancellation.main(endpoints);
        UnknownOutcomes.main(endpoints);
        LocalCopy.main(endpoints);
        OnlyOneLeads.main(endpoints);
    }
}
