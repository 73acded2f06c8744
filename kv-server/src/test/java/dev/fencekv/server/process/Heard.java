package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.WatchBatch;
import dev.fencekv.client.WatchListener;
import dev.fencekv.clock.HybridTimestamp;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What one watch was told. */
class Heard<E> implements WatchListener<E> {
    final List<E> events = new CopyOnWriteArrayList<>();
    volatile @Nullable FenceKvException end;
    final AtomicLong reached = new AtomicLong();
    private volatile boolean begun;

    @Override
    public void onBegin(long revision) {
        assertThat(begun).isFalse();
        begun = true;
    }

    @Override
    public void onEvents(WatchBatch<E> batch) {
        assertThat(batch.revision()).isGreaterThan(reached.get());
        events.addAll(batch.events());
        reached.set(batch.revision());
    }

    @Override
    public void onProgress(long revision, HybridTimestamp stamp) {
        reached.set(revision);
    }

    @Override
    public void onEnd(FenceKvException reason) {
        end = reason;
    }

    void awaitBegun() {
        await("the watch has begun").atMost(JavaProcess.PATIENCE).until(() -> begun);
    }

    void awaitReached(long revision) {
        await("all is told").atMost(JavaProcess.PATIENCE).until(() -> reached.get() >= revision);
        assertThat(end).isNull();
    }
}
