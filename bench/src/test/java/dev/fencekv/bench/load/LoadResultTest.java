package dev.fencekv.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.bench.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A short run against a store that answers at once, and its way from process to process. */
class LoadResultTest {
    private final FakeTarget target =
            new FakeTarget() {
                @Override
                void answer(int number, Completion completion) {
                    completion.completed(
                            number % 100 == 99 ? new IllegalStateException("BUSY") : null);
                }
            };

    @Test
    void resultsComeBackFromJson() throws InterruptedException {
        LoadSpec spec =
                new LoadSpec(
                        Workload.MIXED_A,
                        1000,
                        Distribution.ZIPFIAN,
                        16,
                        8,
                        2,
                        0,
                        5_000,
                        Duration.ofMillis(20),
                        Duration.ofMillis(100),
                        1,
                        7);
        LoadResult result = LoadRun.run(target, spec, LoadObserver.NONE);
        LoadResult read = LoadResult.ofJson(Json.read(Json.write(result.toJson())));
        assertThat(read.spec()).isEqualTo(spec);
        assertThat(read.total()).isEqualTo(result.total());
        assertThat(read.completed()).isEqualTo(result.completed());
        assertThat(read.failures()).isEqualTo(result.failures()).containsKey("BUSY");
        assertThat(read.latencies()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(read.latencies().get(i).intervals())
                    .hasSameSizeAs(result.latencies().get(i).intervals());
        }
        // Each slot of the window is a latency or a failure, however late it was.
        assertThat(result.total().getTotalCount() + result.failed()).isEqualTo(500);
        assertThat(result.unfinished()).isZero();
    }

    @Test
    void everyKeyIsWrittenBeforeARun() throws InterruptedException {
        ConcurrentHashMap<String, Integer> written = new ConcurrentHashMap<>();
        AtomicInteger connections = new AtomicInteger();
        FakeTarget store =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        completion.completed(null);
                    }

                    @Override
                    public void load(
                            int connection, byte[] key, byte[] value, Completion completion) {
                        written.put(new String(key), value.length);
                        connections.accumulateAndGet(connection, Math::max);
                        completion.completed(null);
                    }
                };
        LoadRun.load(store, OpenLoopTest.spec());
        assertThat(written).hasSize(100).containsEntry("key-000000000099", 8);
        assertThat(connections).hasValue(0);
    }

    @Test
    void mixesHaveTheirShareOfReads() {
        java.util.SplittableRandom random = new java.util.SplittableRandom(1);
        int reads = 0;
        for (int i = 0; i < 10_000; i++) {
            reads += Workload.MIXED_B.next(random) == Operation.GET_LINEARIZABLE ? 1 : 0;
        }
        assertThat(reads).isBetween(9_400, 9_600);
        assertThat(Workload.ofText("mixed-b")).isEqualTo(Workload.MIXED_B);
        assertThat(List.of(Workload.values())).extracting(Workload::text).doesNotHaveDuplicates();
    }
}
