package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;

/** The numbers of the state that stand alone. Each only grows, but for the identity. */
final class Counters {
    /** Commands so far that changed the state, and recorded rejections. */
    long revision;

    /** The last stamp given. Invariant: strictly increases along the log. */
    HybridTimestamp lastStamp = HybridTimestamp.ZERO;

    /** The newest fencing token of the whole store. */
    long lastToken;

    long lastSession;

    /** Milliseconds of lease time; advanced only by ticks. */
    long leaseTimeMs;

    /** Numbers the ends of sessions, the places in queues and the idle locks, for their order. */
    long lastEnd;

    long lastPlace;
    long lastIdle;

    int featureLevel = KvStateMachine.FEATURE_LEVEL_MIN;
    ClusterId cluster = ClusterId.NONE;
    long hashSeed;

    void encode(BytesOut out) {
        out.putLong(revision);
        out.putLong(lastStamp.packed());
        out.putLong(lastToken);
        out.putLong(lastSession);
        out.putLong(leaseTimeMs);
        out.putLong(lastEnd);
        out.putLong(lastPlace);
        out.putLong(lastIdle);
        out.putInt(featureLevel);
        out.putLong(cluster.high());
        out.putLong(cluster.low());
        out.putLong(hashSeed);
    }

    void restore(BytesIn in) {
        revision = in.getLong();
        lastStamp = new HybridTimestamp(in.getLong());
        lastToken = in.getLong();
        lastSession = in.getLong();
        leaseTimeMs = in.getLong();
        lastEnd = in.getLong();
        lastPlace = in.getLong();
        lastIdle = in.getLong();
        featureLevel = in.getInt();
        cluster = new ClusterId(in.getLong(), in.getLong());
        hashSeed = in.getLong();
    }
}
