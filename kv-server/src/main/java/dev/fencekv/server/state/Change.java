package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;

/**
 * The command that is being applied: takes a revision and a stamp when it first changes something,
 * so that all its effects share them and a refused command has neither.
 */
final class Change {
    private final Counters counters;
    private HybridTimestamp proposed = HybridTimestamp.ZERO;
    private boolean revised;
    private boolean stamped;

    Change(Counters counters) {
        this.counters = counters;
    }

    void begin(HybridTimestamp proposedStamp) {
        proposed = proposedStamp;
        revised = false;
        stamped = false;
    }

    /** The revision of this command's effects. */
    long revision() {
        if (!revised) {
            revised = true;
            counters.revision++;
        }
        return counters.revision;
    }

    /** The stamp of this command's effects: the log's order decides, not the proposer's clock. */
    HybridTimestamp at() {
        if (!stamped) {
            stamped = true;
            counters.lastStamp =
                    proposed.isAfter(counters.lastStamp) ? proposed : counters.lastStamp.next();
        }
        return counters.lastStamp;
    }

    /** Takes both at once: something changes. */
    void effect() {
        revision();
        at();
    }
}
