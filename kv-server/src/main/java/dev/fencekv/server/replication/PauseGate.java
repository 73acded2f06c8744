package dev.fencekv.server.replication;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A leader that did not run for a while may have been replaced meanwhile without knowing. What it
 * proposed now would stay in its log and get no outcome, where it could have been refused with a
 * word. So after a pause new commands wait until the cluster has confirmed the leadership by a read
 * begun after waking. What was queued before the pause, ticks and duties do not wait.
 *
 * <p>Nothing is unsafe without it. Safe from any thread; nothing here waits.
 *
 * <p>Assumptions: (1) the confirmation is completed, or {@link #expire} is called now and then.
 *
 * <p>Guarantees: (1) what is held is passed, in order, or refused, once; (2) what comes after a
 * pause was told passes only after a confirmation that began later; (3) at most {@value #HELD_MAX}
 * are held, each for {@value #HELD_MS_MAX} ms at most, a call of expire later.
 */
final class PauseGate {
    static final int HELD_MAX = 65_536;
    static final int HELD_MS_MAX = 2_000;

    private static final long HELD_NANOS_MAX = HELD_MS_MAX * 1_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(PauseGate.class);

    /** What waits. */
    interface Command {
        void pass();

        void refuse(Refusal refusal);
    }

    private record Held(Command command, long sinceNanos) {}

    private final ReadIndexSource confirmation;
    private final Executor executor;

    private volatile boolean closed;

    /** Guarded by this. */
    private final Deque<Held> held = new ArrayDeque<>();

    /** Which pause the confirmation under way is for. Guarded by this. */
    private int pause;

    /**
     * @param executor where confirmations are begun and what was held is passed: the engine may
     *     hold locks when it tells of a confirmation, and passing takes them, too
     */
    PauseGate(ReadIndexSource confirmation, Executor executor) {
        this.confirmation = confirmation;
        this.executor = executor;
    }

    boolean isOpen() {
        return !closed;
    }

    /** This process did not run for a while. */
    void paused() {
        int of;
        synchronized (this) {
            closed = true;
            of = ++pause;
        }
        run(() -> confirm(of));
    }

    private void confirm(int of) {
        confirmation.confirm(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        run(() -> open(of, null));
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        run(() -> open(of, refusal));
                    }
                });
    }

    private void run(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // This node is stopping: what is held is refused by the end of its leadership.
            LOG.debug("not confirmed", e);
        }
    }

    /** To be called if the gate is not open: it may be by now. */
    void hold(Command command, long nowNanos) {
        boolean full;
        synchronized (this) {
            full = closed && held.size() >= HELD_MAX;
            if (closed && !full) {
                held.add(new Held(command, nowNanos));
                return;
            }
        }
        if (full) {
            settle(command, Refusal.overloaded("too many commands wait after a pause"));
        } else {
            settle(command, null);
        }
    }

    /** This node leads no more: there is nothing to wait for. */
    void leadershipEnded(Refusal refusal) {
        int of;
        synchronized (this) {
            if (!closed) {
                return;
            }
            of = ++pause;
        }
        open(of, refusal);
    }

    /** Refuses what was held for too long. */
    void expire(long nowNanos) {
        while (true) {
            Held oldest;
            synchronized (this) {
                oldest = held.peek();
                if (oldest == null || nowNanos - oldest.sinceNanos < HELD_NANOS_MAX) {
                    return;
                }
                held.remove();
            }
            settle(
                    oldest.command,
                    Refusal.unavailable("this node was paused and cannot tell whether it leads"));
        }
    }

    private void open(int of, @Nullable Refusal because) {
        while (true) {
            Held next;
            synchronized (this) {
                if (of != pause) {
                    return;
                }
                next = held.poll();
                if (next == null) {
                    closed = false;
                    return;
                }
            }
            settle(next.command, because);
        }
    }

    /** One that fails must not take the others with it. */
    private static void settle(Command command, @Nullable Refusal refusal) {
        try {
            if (refusal == null) {
                command.pass();
            } else {
                command.refuse(refusal);
            }
        } catch (RuntimeException e) {
            LOG.error("a command that was held after a pause failed", e);
        }
    }
}
