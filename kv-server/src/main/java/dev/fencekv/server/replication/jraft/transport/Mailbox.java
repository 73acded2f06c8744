package dev.fencekv.server.replication.jraft.transport;

import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Hands items from any thread to one event loop.
 *
 * <p>Assumptions: 1. the reader returns quickly and does not block.
 *
 * <p>Guarantees: 1. items are read in the order of {@link #put}; Netty's own {@code write} does not
 * promise that when one caller is the event loop and another is not. 2. one reader at a time. 3. a
 * burst costs one wake-up and one {@code afterBatch}. 4. every item is read, also when the event
 * loop is gone: then by the thread that puts it.
 */
final class Mailbox<T> {
    private final Queue<T> items = new ConcurrentLinkedQueue<>();

    /** Items put and not yet read; whoever raises it from zero sees to it that they are read. */
    private final AtomicInteger unread = new AtomicInteger();

    private final EventLoop loop;
    private final Consumer<T> reader;
    private final Runnable afterBatch;

    Mailbox(EventLoop loop, Consumer<T> reader, Runnable afterBatch) {
        this.loop = loop;
        this.reader = reader;
        this.afterBatch = afterBatch;
    }

    void put(T item) {
        items.add(item);
        if (unread.getAndIncrement() == 0) {
            try {
                loop.execute(this::read);
            } catch (RejectedExecutionException loopIsGone) {
                read();
            }
        }
    }

    private void read() {
        int batch = unread.get();
        while (batch > 0) {
            for (int i = 0; i < batch; i++) {
                reader.accept(items.remove());
            }
            afterBatch.run();
            batch = unread.addAndGet(-batch);
        }
    }
}
