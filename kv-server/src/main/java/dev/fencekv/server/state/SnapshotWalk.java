package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Setting;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the state as it is at one moment while the state goes on changing. Before the first change
 * of a thing that the walk has not passed, apply sets aside what it was: the cost is bounded by the
 * state, not by the load.
 *
 * <p>Assumptions: (1) made and closed while nobody applies or reads (write lock); (2) {@link #step}
 * runs while nobody applies (read lock), from one thread; (3) one walk at a time.
 *
 * <p>Guarantees: (1) all steps together write each thing that existed when the walk began exactly
 * once, as it was then; (2) one step takes bounded time, however large the state.
 */
public final class SnapshotWalk implements AutoCloseable {
    private static final int ITEMS_PER_STEP = 256;

    /** The tables in the order in which they are walked; a load needs no order. */
    private enum Stage {
        COUNTERS,
        SETTINGS,
        MEMBERS,
        SESSIONS,
        LOCKS,
        WAITERS,
        GUARDS,
        REJECTIONS,
        RECORDS,
        DONE;

        Stage next() {
            return values()[ordinal() + 1];
        }
    }

    private final KvStateMachine state;
    private final long number;
    private final long digest;
    private final byte[] counters;

    /** Encoded items that were changed before the walk reached them; drained by each step. */
    private final BytesOut setAside = new BytesOut(4096);

    private final BytesOut keyScratch = new BytesOut(64);
    private final BytesOut contentScratch = new BytesOut(512);

    /** Keys of shards not yet passed whose records are set aside, or were absent at the start. */
    private final Map<Integer, Set<Key>> handledKeys = new HashMap<>();

    /** Where the records are read from; frozen once the state has moved to another store. */
    private KvStore store;

    private boolean storeFrozen;

    private Stage stage = Stage.COUNTERS;
    private @Nullable Item position;
    private int nextShard;

    /** Set under the read lock, read under the write lock. */
    private boolean done;

    SnapshotWalk(KvStateMachine state, long number) {
        this.state = state;
        this.number = number;
        this.digest = state.digest();
        this.store = state.records.store();
        BytesOut encoded = new BytesOut(128);
        state.counters.encode(encoded);
        encoded.putLong(state.settings.get(Setting.STORE_QUOTA_BYTES));
        this.counters = encoded.toByteArray();
    }

    long number() {
        return number;
    }

    /** The digest of the state that this walk writes. */
    public long digest() {
        return digest;
    }

    boolean isDone() {
        return done;
    }

    /** Memory held by what was set aside and not written yet, in bytes. */
    public long setAsideBytes() {
        return setAside.length();
    }

    /** Called by apply before an item changes. */
    void setAside(Item item) {
        if (item.walkMark != number) {
            item.walkMark = number;
            append(item, setAside);
        }
    }

    /** Called by apply before a record changes; {@code before} is null if the key is absent. */
    void setAside(Key key, @Nullable Versioned before) {
        if (storeFrozen) {
            return;
        }
        int shard = store.shardOf(key);
        if (shard < nextShard || stage == Stage.DONE) {
            return;
        }
        if (handledKeys.computeIfAbsent(shard, unused -> new HashSet<>()).add(key)
                && before != null) {
            append(key, before, setAside);
        }
    }

    /**
     * The state has moved to another store. True if {@code old} is the one being walked: it changes
     * no more and is the walk's to close.
     */
    boolean keeps(KvStore old) {
        if (old != store) {
            return false;
        }
        storeFrozen = true;
        return true;
    }

    /** Appends the next few things; false once there is nothing left and the walk is done. */
    public boolean step(BytesOut out) {
        Check.invariant(!done, "a finished walk takes no step");
        if (stage == Stage.COUNTERS) {
            writeCounters(out);
            stage = stage.next();
            return true;
        }
        drainSetAside(out);
        switch (stage) {
            case RECORDS -> walkShard(out);
            case DONE -> done = true;
            default -> walkItems(out);
        }
        return !done;
    }

    /** First of all: a load opens its store by them. */
    private void writeCounters(BytesOut out) {
        out.putByte(ItemKind.COUNTERS.code());
        out.putShort(0);
        out.putInt(counters.length);
        out.reserve(counters.length).put(counters);
    }

    private void drainSetAside(BytesOut out) {
        out.reserve(setAside.length()).put(setAside.array(), 0, setAside.length());
        setAside.clear();
    }

    private void walkItems(BytesOut out) {
        for (int i = 0; i < ITEMS_PER_STEP; i++) {
            Item next = nextItem();
            if (next == null) {
                position = null;
                stage = stage.next();
                return;
            }
            position = next;
            write(next, out);
            if (next instanceof Session session) {
                for (RememberedOutcome outcome : session.outcomes.values()) {
                    write(outcome, out);
                }
                i += session.outcomes.size();
            }
        }
    }

    private @Nullable Item nextItem() {
        Item after = position;
        return switch (stage) {
            case SETTINGS -> state.settings.next(after);
            case MEMBERS -> state.members.next(after);
            case SESSIONS -> state.sessions.next((Session) after);
            case LOCKS -> state.locks.next(after == null ? null : ((Lock) after).name);
            case WAITERS -> state.locks.nextWaiter((Waiter) after);
            case GUARDS ->
                    state.guards.next(after == null ? null : ((GuardEntry) after).guard.prefix());
            case REJECTIONS ->
                    state.rejections.next(
                            after == null ? 0 : ((Rejections.Entry) after).rejection().revision());
            case COUNTERS, RECORDS, DONE -> null;
        };
    }

    private void walkShard(BytesOut out) {
        Set<Key> handled = handledKeys.remove(nextShard);
        store.forEachInShard(
                nextShard,
                (key, record) -> {
                    if (handled == null || !handled.contains(key)) {
                        append(key, record, out);
                    }
                });
        nextShard++;
        if (nextShard == store.shards()) {
            stage = stage.next();
        }
    }

    private void write(Item item, BytesOut out) {
        if (item.walkMark != number) {
            item.walkMark = number;
            append(item, out);
        }
    }

    private void append(Item item, BytesOut out) {
        keyScratch.clear();
        item.encodeKey(keyScratch);
        contentScratch.clear();
        item.encodeContent(contentScratch);
        out.putByte(item.kind().code());
        out.putShort(keyScratch.length());
        out.putInt(contentScratch.length());
        out.reserve(keyScratch.length()).put(keyScratch.array(), 0, keyScratch.length());
        out.reserve(contentScratch.length())
                .put(contentScratch.array(), 0, contentScratch.length());
    }

    private void append(Key key, Versioned record, BytesOut out) {
        int contentBytes = RecordCodec.encodedBytes(record);
        out.putByte(ItemKind.RECORD.code());
        out.putShort(key.length() + 2);
        out.putInt(contentBytes);
        CommandCodec.putKey(key, out);
        RecordCodec.encode(record, out.reserve(contentBytes));
    }

    /** Ends the walk, finished or not; apply sets nothing aside any more. */
    @Override
    public void close() {
        done = true;
        if (storeFrozen) {
            storeFrozen = false;
            store.close();
        }
    }
}
