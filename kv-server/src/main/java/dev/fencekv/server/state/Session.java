package dev.fencekv.server.state;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.server.command.BytesOut;
import java.util.TreeMap;
import java.util.TreeSet;

/** A client's replicated identity: live until its deadline, then remembered for a while. */
final class Session extends Item {
    final SessionId id;
    final SessionNonce nonce;
    final long ttlMs;
    final SessionLabel label;

    /** What never changes of the content, encoded once: it is hashed with every command. */
    private final byte[] fixedContent;

    /** In lease time, milliseconds. Invariant: while live, only moved by opening and renewing. */
    long deadlineMs;

    /** All sequence numbers below are settled for the client. Only grows. */
    long floor = 1;

    /** The number of its end; 0 while live. */
    long endedAs;

    /** The outcomes at or above the floor. */
    final OutcomeTable outcomes = new OutcomeTable();

    /** Keys that belong to it. Invariant: their records name this session as owner. */
    final TreeSet<Key> keys = new TreeSet<>();

    /** Its live grants. Invariant: the lock's grant names this session. */
    final TreeMap<FencingToken, Lock> grants = new TreeMap<>();

    /** Of these, the ones that are not exclusive. */
    final TreeMap<LockOwner, SharedGrant> shared = new TreeMap<>();

    /** Its places in queues. */
    final TreeMap<LockOwner, Waiter> waits = new TreeMap<>();

    Session(SessionId id, SessionNonce nonce, long ttlMs, SessionLabel label) {
        this.id = id;
        this.nonce = nonce;
        this.ttlMs = ttlMs;
        this.label = label;
        BytesOut fixed = new BytesOut(64);
        fixed.putLong(nonce.high());
        fixed.putLong(nonce.low());
        fixed.putLong(ttlMs);
        fixed.putText(label.value());
        fixedContent = fixed.toByteArray();
    }

    boolean isLive() {
        return endedAs == 0;
    }

    @Override
    ItemKind kind() {
        return ItemKind.SESSION;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putLong(id.value());
    }

    @Override
    void encodeContent(BytesOut out) {
        out.reserve(fixedContent.length).put(fixedContent);
        out.putLong(deadlineMs);
        out.putLong(floor);
        out.putLong(endedAs);
    }
}
