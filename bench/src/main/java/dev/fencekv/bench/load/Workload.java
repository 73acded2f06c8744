package dev.fencekv.bench.load;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** What a run asks for: one operation over and over, or a mix of reads and writes. */
public enum Workload {
    PUT(Operation.PUT),
    PUT_FENCED(Operation.PUT_FENCED),
    PUT_REJECTED(Operation.PUT_REJECTED),
    GET_LINEARIZABLE(Operation.GET_LINEARIZABLE),
    GET_STALE(Operation.GET_STALE),
    LOCK_CYCLE(Operation.LOCK_CYCLE),
    /** YCSB A: half reads, half updates. */
    MIXED_A(0.5),
    /** YCSB B: mostly reads. */
    MIXED_B(0.95),
    /** YCSB C: reads only. */
    MIXED_C(1);

    private final List<Operation> operations;
    private final double readShare;

    Workload(Operation only) {
        this.operations = List.of(only);
        this.readShare = 0;
    }

    Workload(double readShare) {
        this.operations = List.of(Operation.PUT, Operation.GET_LINEARIZABLE);
        this.readShare = readShare;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Workload ofText(String text) {
        for (Workload workload : values()) {
            if (workload.text().equals(text)) {
                return workload;
            }
        }
        throw new IllegalArgumentException("no workload is called " + text);
    }

    /** All that it may ask for. */
    public List<Operation> operations() {
        return operations;
    }

    Operation next(SplittableRandom random) {
        if (operations.size() == 1) {
            return operations.get(0);
        }
        return operations.get(random.nextDouble() < readShare ? 1 : 0);
    }
}
