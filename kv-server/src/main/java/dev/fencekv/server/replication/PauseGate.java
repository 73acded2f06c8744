package dev.fencekv.server.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A leader that did not run for a while may have been replaced meanwhile without knowing. What it
 * proposed now would stay in its log and get no outcome, where it could have been refused with a
 * word. So after a pause proposals wait until the cluster has confirmed the leadership by a read
 * begun after waking.
 *
 * <p>Nothing is unsafe without it. Safe from any thread; nothing here waits.
 *
 * <p>Guarantees: (1) what is held is run, in order, or refused, once; (2) nothing passes between a
 * pause that was told and its confirmation; (3) at most {@value #HELD_MAX} are held.
 */
final class PauseGate {
    static final int HELD_MAX = 65_536;

    /** What waits. */
    interface Held {
        void pass();

        void refuse(Refusal refusal);
    }

    private final ReadIndexSource confirmation;

    private volatile boolean closed;

    /** Guarded by this. */
    private List<Held> held = new ArrayList<>();

    /** Which pause the confirmation under way is for. Guarded by this. */
    private int pause;

    PauseGate(ReadIndexSource confirmation) {
        this.confirmation = confirmation;
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
        confirmation.confirm(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        open(of, null);
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        open(of, refusal);
                    }
                });
    }

    /** To be called if the gate is not open: it may be by now. */
    void hold(Held what) {
        boolean full;
        synchronized (this) {
            full = closed && held.size() >= HELD_MAX;
            if (closed && !full) {
                held.add(what);
                return;
            }
        }
        if (full) {
            what.refuse(Refusal.overloaded("too many commands wait after a pause"));
        } else {
            what.pass();
        }
    }

    private void open(int of, @Nullable Refusal because) {
        while (true) {
            List<Held> batch;
            synchronized (this) {
                if (of != pause) {
                    return;
                }
                if (held.isEmpty()) {
                    closed = false;
                    return;
                }
                batch = held;
                held = new ArrayList<>();
            }
            for (Held each : batch) {
                if (because == null) {
                    each.pass();
                } else {
                    each.refuse(because);
                }
            }
        }
    }
}
