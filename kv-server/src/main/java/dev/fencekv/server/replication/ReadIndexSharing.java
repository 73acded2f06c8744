package dev.fencekv.server.replication;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets reads share confirmations: while one is in flight, the reads that arrive gather for the
 * next.
 *
 * <p>Assumptions: (1) the source completes each confirmation.
 *
 * <p>Guarantees: (1) a read joins only a confirmation that starts after it arrived; (2) it is told
 * ready when the confirmed index is applied here; (3) at most one confirmation is in flight; (4) no
 * more than {@link #READS_GATHERED_MAX} gather; (5) each read is completed once.
 */
final class ReadIndexSharing {
    static final int READS_GATHERED_MAX = 65_536;

    private final ReadIndexSource source;
    private static final Logger LOG = LoggerFactory.getLogger(ReadIndexSharing.class);

    private final AppliedIndex applied;

    /** Reads that no confirmation has taken. Guarded by this. */
    private List<ReadCompletion> gathering = new ArrayList<>();

    /** Guarded by this. */
    private boolean inFlight;

    ReadIndexSharing(ReadIndexSource source, AppliedIndex applied) {
        this.source = source;
        this.applied = applied;
    }

    /** Never blocks. */
    void read(ReadCompletion read) {
        boolean refused;
        synchronized (this) {
            refused = gathering.size() >= READS_GATHERED_MAX;
            if (!refused) {
                gathering.add(read);
            }
        }
        if (refused) {
            read.failed(Refusal.overloaded("too many reads wait for a confirmation"));
            return;
        }
        startNext();
    }

    private void startNext() {
        List<ReadCompletion> batch;
        synchronized (this) {
            if (inFlight || gathering.isEmpty()) {
                return;
            }
            inFlight = true;
            batch = gathering;
            gathering = new ArrayList<>();
        }
        source.confirm(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        next();
                        applied.whenApplied(index, new Batch(batch));
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        next();
                        new Batch(batch).failed(refusal);
                    }
                });
    }

    private void next() {
        synchronized (this) {
            inFlight = false;
        }
        startNext();
    }

    private record Batch(List<ReadCompletion> reads) implements ReadCompletion {
        @Override
        public void ready(long index) {
            for (ReadCompletion read : reads) {
                try {
                    read.ready(index);
                } catch (RuntimeException e) {
                    // One read must not take the answers of the others with it.
                    LOG.error("a read failed", e);
                }
            }
        }

        @Override
        public void failed(Refusal refusal) {
            for (ReadCompletion read : reads) {
                read.failed(refusal);
            }
        }
    }
}
