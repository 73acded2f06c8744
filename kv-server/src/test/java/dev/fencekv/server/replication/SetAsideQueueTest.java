package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.server.command.BytesOut;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever waits for what never comes fails, and does not hang the build. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SetAsideQueueTest {
    private static final int BYTES_MAX = 2 * SetAsideQueue.CHUNK_BYTES;

    private final SetAsideQueue queue = new SetAsideQueue(BYTES_MAX);

    /** An item that consists of its number. */
    private static BytesOut item(int number, int bytes) {
        BytesOut item = new BytesOut(bytes);
        for (int i = 0; i < bytes; i++) {
            item.putByte(number);
        }
        return item;
    }

    private byte[] taken() {
        BytesOut out = new BytesOut(16);
        assertThat(queue.takeInto(out)).isTrue();
        return out.toByteArray();
    }

    @Test
    void smallItemsShareAChunkInOrder() {
        queue.add(item(1, 3));
        queue.add(item(2, 2));
        assertThat(queue.heldBytes()).isEqualTo(SetAsideQueue.CHUNK_BYTES);
        assertThat(taken()).containsExactly(1, 1, 1, 2, 2);
        assertThat(queue.heldBytes()).isZero();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.takeInto(new BytesOut(16))).isFalse();
    }

    @Test
    void anItemIsNeverCutInTwo() {
        queue.add(item(1, SetAsideQueue.CHUNK_BYTES - 1));
        queue.add(item(2, 2));
        assertThat(taken()).hasSize(SetAsideQueue.CHUNK_BYTES - 1).containsOnly(1);
        assertThat(taken()).containsExactly(2, 2);
    }

    @Test
    void anItemBeyondTheBoundGoesAlone() {
        queue.add(item(1, BYTES_MAX + 1));
        assertThat(queue.heldBytes()).isEqualTo(BYTES_MAX + 1);
        assertThat(taken()).hasSize(BYTES_MAX + 1);
    }

    @Test
    void whoAddsBeyondTheBoundWaitsForWhoTakes() throws Exception {
        ExecutorService adder = Executors.newSingleThreadExecutor();
        try {
            Future<?> added =
                    adder.submit(
                            () -> {
                                for (int i = 0; i < 1000; i++) {
                                    queue.add(item(i % 100, 10_000));
                                }
                            });
            BytesOut out = new BytesOut(16);
            while (out.length() < 1000 * 10_000) {
                assertThat(queue.heldBytes()).isLessThanOrEqualTo(BYTES_MAX);
                queue.takeInto(out);
            }
            added.get();
            assertThat(queue.isEmpty()).isTrue();
            byte[] all = out.toByteArray();
            for (int i = 0; i < 1000; i++) {
                assertThat(Arrays.copyOfRange(all, i * 10_000, (i + 1) * 10_000))
                        .isEqualTo(item(i % 100, 10_000).toByteArray());
            }
        } finally {
            adder.shutdownNow();
        }
    }

    @Test
    void theEndLetsGoWhoWaitsAndForbidsToFinish() throws Exception {
        ExecutorService adder = Executors.newSingleThreadExecutor();
        try {
            Future<?> added =
                    adder.submit(
                            () -> {
                                for (int i = 0; i < 10; i++) {
                                    queue.add(item(i, SetAsideQueue.CHUNK_BYTES));
                                }
                            });
            while (queue.heldBytes() < BYTES_MAX) {
                Thread.onSpinWait();
            }
            queue.end();
            added.get();
            assertThat(queue.heldBytes()).isZero();
            assertThatThrownBy(queue::isEmpty).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> queue.takeInto(new BytesOut(16)))
                    .isInstanceOf(IllegalStateException.class);
        } finally {
            adder.shutdownNow();
        }
    }
}
