package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;

/** Records without a story. */
final class TestRecords {
    private TestRecords() {}

    static Versioned of(Value value, long revision, HybridTimestamp stamp) {
        return new Versioned(
                value,
                revision,
                revision,
                1,
                stamp,
                FencingToken.NONE,
                SessionId.NONE,
                SessionId.NONE,
                0);
    }
}
