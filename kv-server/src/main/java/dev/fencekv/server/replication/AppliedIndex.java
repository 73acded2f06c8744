package dev.fencekv.server.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the log is applied here, and who waits for more.
 *
 * <p>Guarantees: (1) the index only grows; (2) waiters are completed in the order of their indexes,
 * with no lock held; (3) a waiter is completed once: when its index is published, or when we stop.
 */
public final class AppliedIndex {
    private static final Logger LOG = LoggerFactory.getLogger(AppliedIndex.class);

    private record Waiter(long index, ReadCompletion completion) {}

    /** Guarded by this. */
    private final PriorityQueue<Waiter> waiters =
            new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));

    /** Written under this. */
    private volatile long index;

    /** Why nothing is applied any more. Guarded by this. */
    private @Nullable Refusal stopped;

    public long get() {
        return index;
    }

    /** Everything up to {@code applied} is applied; an index below the present one says nothing. */
    void publish(long applied) {
        List<Waiter> due = List.of();
        synchronized (this) {
            if (applied > index) {
                index = applied;
            }
            if (!waiters.isEmpty() && waiters.peek().index <= index) {
                due = new ArrayList<>();
                while (!waiters.isEmpty() && waiters.peek().index <= index) {
                    due.add(waiters.remove());
                }
            }
        }
        for (Waiter waiter : due) {
            ready(waiter.completion, waiter.index);
        }
    }

    /** Completes {@code completion} when {@code wanted} is applied: now, if it is. */
    public void whenApplied(long wanted, ReadCompletion completion) {
        Refusal refusal;
        synchronized (this) {
            refusal = stopped;
            if (refusal == null && wanted > index) {
                waiters.add(new Waiter(wanted, completion));
                return;
            }
        }
        if (refusal == null) {
            ready(completion, wanted);
        } else {
            completion.failed(refusal);
        }
    }

    /** Nothing will be applied any more: whoever waits is refused, now and later. */
    void stop(Refusal refusal) {
        List<Waiter> all;
        synchronized (this) {
            stopped = refusal;
            all = new ArrayList<>(waiters);
            waiters.clear();
        }
        for (Waiter waiter : all) {
            waiter.completion.failed(refusal);
        }
    }

    private static void ready(ReadCompletion completion, long index) {
        try {
            completion.ready(index);
        } catch (RuntimeException e) {
            LOG.error("a completion failed", e);
        }
    }
}
