package dev.fencekv.server.store;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.nio.ByteBuffer;

/** Keys and records for tests; a record's whole content follows from its version and size. */
final class Records {
    static final long MIB = 1024 * 1024;

    private Records() {}

    static Key key(long number) {
        return Key.copyOf(ByteBuffer.allocate(16).putLong(0x6b6579L).putLong(number).array());
    }

    static Versioned record(long version, int valueBytes) {
        return record(version, contentOf(version, valueBytes));
    }

    static Versioned record(long version, Value value) {
        return new Versioned(
                value,
                version / 2,
                version,
                version + 1,
                new HybridTimestamp(version << 8),
                new FencingToken(version + 3),
                new SessionId(version % 7),
                new SessionId(version % 5),
                version * 3);
    }

    /** Fails if the fields or the bytes come from different writes. */
    static boolean isWhole(Versioned found) {
        return found.equals(record(found.modifyRevision(), found.value().length()));
    }

    private static Value contentOf(long version, int valueBytes) {
        byte[] bytes = new byte[valueBytes];
        long state = version * 0x9e3779b97f4a7c15L + valueBytes;
        for (int i = 0; i < valueBytes; i++) {
            state += 0x632be59bd9b4e019L;
            bytes[i] = (byte) (state >>> 56);
        }
        return Value.copyOf(bytes);
    }
}
