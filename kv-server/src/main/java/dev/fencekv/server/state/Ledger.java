package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.BytesOut;
import org.jspecify.annotations.Nullable;

/**
 * Is told of each change of each thing in the state. Keeps the digest up to date, and while a
 * snapshot walks sets aside what things were before their first change.
 */
final class Ledger {
    private final BytesOut scratch = new BytesOut(1024);

    /** Invariant: the sum of the shares of all items and records in the state. */
    private long sum;

    private @Nullable SnapshotWalk walk;
    private long walks;

    /** The sum over all items and records; order does not matter. */
    long sum() {
        return sum;
    }

    void added(Item item) {
        Check.invariant(item.share == 0, "an item is added twice");
        SnapshotWalk walking = activeWalk();
        if (walking != null) {
            item.walkMark = walking.number();
        }
        share(item);
    }

    /** Before each change of an item. */
    void changing(Item item) {
        SnapshotWalk walking = activeWalk();
        if (walking != null) {
            walking.setAside(item);
        }
    }

    /** After each change of an item. */
    void changed(Item item) {
        sum -= item.share;
        share(item);
    }

    void removed(Item item) {
        changing(item);
        sum -= item.share;
        item.share = 0;
    }

    /**
     * Before a record is written; {@code after} is null if it is removed. Returns {@link
     * History#hash} of the key.
     */
    long recordChanging(Key key, KvStore.Slot slot, @Nullable Versioned after) {
        SnapshotWalk walking = activeWalk();
        if (walking != null) {
            walking.setAside(key, slot);
        }
        scratch.clear();
        key.writeTo(scratch.reserve(key.length()));
        long keyHash = hashScratch(ItemKind.RECORD.code());
        EncodedRecord before = slot.record();
        if (before.exists()) {
            sum -= Hash64.of(keyHash, before.array(), before.length());
        }
        if (after != null) {
            scratch.clear();
            RecordCodec.encode(after, scratch.reserve(RecordCodec.encodedBytes(after)));
            sum += hashScratch(keyHash);
        }
        return keyHash;
    }

    /** A number for a new walk, above 0. */
    long nextWalkNumber() {
        return ++walks;
    }

    void walkBegins(SnapshotWalk begun) {
        Check.invariant(activeWalk() == null, "one snapshot at a time");
        walk = begun;
    }

    @Nullable SnapshotWalk activeWalk() {
        SnapshotWalk walking = walk;
        if (walking != null && walking.isDone()) {
            walk = null;
            return null;
        }
        return walking;
    }

    private void share(Item item) {
        scratch.clear();
        item.encodeKey(scratch);
        long keyHash = hashScratch(item.kind().code());
        scratch.clear();
        item.encodeContent(scratch);
        long hash = hashScratch(keyHash);
        item.share = hash == 0 ? 1 : hash;
        sum += item.share;
    }

    private long hashScratch(long seed) {
        return Hash64.of(seed, scratch.array(), scratch.length());
    }
}
