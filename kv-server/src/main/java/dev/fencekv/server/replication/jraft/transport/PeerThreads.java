package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.io.IoThreads;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one transport. The I/O threads are those of the process; the pools are its own,
 * and an idle one has no threads.
 */
final class PeerThreads implements AutoCloseable {
    static final String NAME_PREFIX = "fencekv-peer-";

    final EventLoopGroup io = IoThreads.acquire();

    /** Requests for which the engine names no executor. Full: the request is answered EBUSY. */
    final ThreadPoolExecutor requests =
            pool(
                    "request",
                    TransportLimits.REQUEST_THREADS_MAX,
                    TransportLimits.REQUEST_THREADS_MAX,
                    new LinkedBlockingQueue<>(TransportLimits.REQUESTS_QUEUED_MAX));

    final ThreadPoolExecutor bulkRequests =
            pool("bulk", 0, TransportLimits.BULK_THREADS_MAX, new SynchronousQueue<>());

    /**
     * Close and connect events, refusals, callbacks whose own executor is gone. Never rejects
     * (after the close a straggler gets a thread of its own); its queue is bounded by the calls and
     * connections there can be.
     */
    final ThreadPoolExecutor events =
            pool(
                    "event",
                    TransportLimits.EVENT_THREADS_MAX,
                    TransportLimits.EVENT_THREADS_MAX,
                    new LinkedBlockingQueue<>());

    PeerThreads() {
        events.setRejectedExecutionHandler(
                (task, pool) ->
                        new DefaultThreadFactory(NAME_PREFIX + "late", true)
                                .newThread(task)
                                .start());
    }

    private static ThreadPoolExecutor pool(
            String name, int core, int max, BlockingQueue<Runnable> queue) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        core,
                        max,
                        TransportLimits.THREAD_IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        queue,
                        new DefaultThreadFactory(NAME_PREFIX + name, true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * What is queued in the pools still runs. Returns when the threads are gone, or {@code
     * CLOSE_MS_MAX} have passed.
     */
    @Override
    public void close() {
        IoThreads.release();
        long deadline =
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TransportLimits.CLOSE_MS_MAX);
        for (ThreadPoolExecutor pool : new ThreadPoolExecutor[] {requests, bulkRequests, events}) {
            pool.shutdown();
            try {
                if (!pool.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    pool.shutdownNow();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                pool.shutdownNow();
            }
        }
    }
}
