package dev.fencekv.examples;

import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;

/** Write, read, and change what nobody else has changed meanwhile. */
public final class PutGetAndConditions {
    private PutGetAndConditions() {}

    public static void main(String[] endpoints) {
        try (KvClient client = FenceKv.connect(endpoints)) {
            System.out.println("the stock is " + sell(client, "stock/4711", 3));
        }
    }

    /** Takes {@code count} pieces out of the stock, which is made if there is none. */
    public static long sell(KvClient client, String name, long count) {
        Key key = Key.of(name);
        try {
            client.put(key, Value.of("100"), WriteOptions.NONE.ifAbsent());
        } catch (ConditionFailedException e) {
            // Somebody was here before: fine.
        }
        while (true) {
            ReadResult read = client.get(name);
            Versioned stock = read.record().orElseThrow();
            long left = Long.parseLong(stock.value().toUtf8()) - count;
            try {
                client.put(
                        key,
                        Value.of(Long.toString(left)),
                        WriteOptions.NONE.ifRevision(stock.modifyRevision()));
                return left;
            } catch (ConditionFailedException e) {
                // Somebody sold between our read and our write: look again.
            }
        }
    }
}
