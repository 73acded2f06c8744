package dev.fencekv.bench.micro;

import dev.fencekv.bench.load.Keys;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.util.SplittableRandom;

/** What is measured is measured with: keys of 16 B, values of 128 B. Stateless. */
final class Samples {
    static final HybridTimestamp STAMP = HybridTimestamp.ofMillis(1_800_000_000_000L);

    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 128;
    private static final long QUOTA_BYTES = 256L << 20;

    private Samples() {}

    static Key[] keys(String prefix, int count) {
        Key[] keys = new Key[count];
        for (int i = 0; i < count; i++) {
            keys[i] = Key.copyOf(Keys.key(prefix, i, KEY_BYTES));
        }
        return keys;
    }

    static Value value() {
        byte[] bytes = new byte[VALUE_BYTES];
        new SplittableRandom(1).nextBytes(bytes);
        return Value.copyOf(bytes);
    }

    static Versioned record(Value value) {
        return new Versioned(
                value, 1, 2, 1, STAMP, FencingToken.NONE, SessionId.NONE, SessionId.NONE, 0);
    }

    static KvStore.Factory stores(String kind) {
        return kind.equals("heap") ? HeapKvStore::open : ChronicleKvStore::open;
    }

    static KvStore store(String kind) {
        return stores(kind).open(QUOTA_BYTES, 1);
    }
}
