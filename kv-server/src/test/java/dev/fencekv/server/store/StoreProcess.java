package dev.fencekv.server.store;

import static dev.fencekv.server.store.Records.MIB;
import static dev.fencekv.server.store.Records.key;
import static dev.fencekv.server.store.Records.record;

import dev.fencekv.check.Check;

/** A process of its own for {@link ChronicleTrapsTest}: opens, fills, reads and closes a store. */
final class StoreProcess {
    static final String DONE = "store used and closed";

    private StoreProcess() {}

    public static void main(String[] args) {
        try (ChronicleKvStore store = ChronicleKvStore.open(8 * MIB, 1)) {
            for (int i = 0; i < 1000; i++) {
                store.put(key(i), record(i, 1000));
            }
            for (int i = 0; i < 1000; i++) {
                Check.invariant(record(i, 1000).equals(store.get(key(i))), "reads as written");
            }
        }
        System.out.println(DONE);
    }
}
