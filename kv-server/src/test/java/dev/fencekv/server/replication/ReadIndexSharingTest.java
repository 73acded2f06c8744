package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadIndexSharingTest {
    private final List<ReadCompletion> confirmations = new ArrayList<>();
    private final AppliedIndex applied = new AppliedIndex();
    private final ReadIndexSharing sharing = new ReadIndexSharing(confirmations::add, applied);

    private static final class Read implements ReadCompletion {
        long readyAt = -1;
        @Nullable Refusal failure;
        int calls;

        @Override
        public void ready(long index) {
            readyAt = index;
            calls++;
        }

        @Override
        public void failed(Refusal refusal) {
            failure = refusal;
            calls++;
        }
    }

    private Read read() {
        Read read = new Read();
        sharing.read(read);
        return read;
    }

    @Test
    void aReadJoinsOnlyAConfirmationThatStartsAfterItArrived() {
        applied.publish(100);
        Read first = read();
        Read second = read();
        Read third = read();
        assertThat(confirmations).hasSize(1);
        confirmations.get(0).ready(5);
        assertThat(first.readyAt).isEqualTo(5);
        assertThat(second.calls).isZero();
        assertThat(confirmations).hasSize(2);
        confirmations.get(1).ready(6);
        assertThat(second.readyAt).isEqualTo(6);
        assertThat(third.readyAt).isEqualTo(6);
        assertThat(confirmations).hasSize(2);
    }

    @Test
    void aReadWaitsUntilTheConfirmedIndexIsAppliedHere() {
        applied.publish(4);
        Read read = read();
        confirmations.get(0).ready(6);
        assertThat(read.calls).isZero();
        applied.publish(5);
        assertThat(read.calls).isZero();
        applied.publish(6);
        assertThat(read.readyAt).isEqualTo(6);
    }

    @Test
    void theNextConfirmationDoesNotWaitForApply() {
        read();
        read();
        confirmations.get(0).ready(6);
        assertThat(confirmations).hasSize(2);
    }

    @Test
    void aFailedConfirmationFailsItsReadsAndStartsTheNext() {
        Read first = read();
        Read second = read();
        confirmations.get(0).failed(Refusal.unavailable("no leader"));
        assertThat(first.failure).isNotNull();
        assertThat(second.calls).isZero();
        confirmations.get(1).ready(0);
        assertThat(second.readyAt).isZero();
    }

    @Test
    void gatheringReadsAreBounded() {
        read();
        for (int i = 0; i < ReadIndexSharing.READS_GATHERED_MAX; i++) {
            read();
        }
        Read tooMany = read();
        assertThat(tooMany.failure).isNotNull();
        assertThat(tooMany.failure.status()).isEqualTo(Status.OVERLOADED);
    }

    /** The committed index grows all the time; a read must never see one from before it came. */
    @Test
    void concurrentReadsNeverSeeAnIndexFromBeforeTheyArrived() throws InterruptedException {
        AtomicLong committed = new AtomicLong();
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger violations = new AtomicInteger();
        AtomicInteger completed = new AtomicInteger();
        ReadIndexSource source =
                completion -> {
                    if (inFlight.incrementAndGet() != 1) {
                        violations.incrementAndGet();
                    }
                    long index = committed.get();
                    Thread answer =
                            new Thread(
                                    () -> {
                                        inFlight.decrementAndGet();
                                        completion.ready(index);
                                    });
                    answer.start();
                };
        applied.publish(Long.MAX_VALUE);
        ReadIndexSharing shared = new ReadIndexSharing(source, applied);
        int threads = 4;
        int perThread = 500;
        List<Thread> readers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            readers.add(
                    new Thread(
                            () -> {
                                for (int i = 0; i < perThread; i++) {
                                    long before = committed.incrementAndGet();
                                    shared.read(
                                            new ReadCompletion() {
                                                @Override
                                                public void ready(long index) {
                                                    if (index < before) {
                                                        violations.incrementAndGet();
                                                    }
                                                    completed.incrementAndGet();
                                                }

                                                @Override
                                                public void failed(Refusal refusal) {
                                                    violations.incrementAndGet();
                                                }
                                            });
                                }
                            }));
        }
        readers.forEach(Thread::start);
        for (Thread reader : readers) {
            reader.join();
        }
        org.awaitility.Awaitility.await().until(() -> completed.get() == threads * perThread);
        assertThat(violations).hasValue(0);
    }
}
