package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.TransactionResult;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;

/** Change several keys at once, if none of them has changed since they were read. */
public final class AtomicTransfer {
    private AtomicTransfer() {}

    public static void main(String[] endpoints) {
        try (KvClient client = FenceKv.connect(endpoints)) {
            client.put("purse/ann", "100");
            client.put("purse/bob", "0");
            System.out.println(
                    "paid: " + pay(client, Key.of("purse/ann"), Key.of("purse/bob"), 40));
        }
    }

    /** False if there is not enough; what leaves one purse is in the other, whatever happens. */
    public static boolean pay(KvClient client, Key from, Key to, long amount) {
        while (true) {
            Versioned source = client.get(from.toString()).record().orElseThrow();
            long left = number(source) - amount;
            if (left < 0) {
                return false;
            }
            TransactionResult result =
                    client.transaction()
                            .when(Comparison.atRevision(from, source.modifyRevision()))
                            .then(
                                    Operation.put(from, Value.of(Long.toString(left))),
                                    Operation.increment(to, amount))
                            .commit();
            if (result.succeeded()) {
                return true;
            }
            // Somebody else has paid from this purse meanwhile: look again.
        }
    }

    private static long number(Versioned record) {
        return Long.parseLong(record.value().toUtf8());
    }
}
