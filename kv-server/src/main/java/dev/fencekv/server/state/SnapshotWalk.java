package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Writes the state as it is at one moment while the state goes on changing. Before the first change
 * of a thing that the walk has not passed, apply sets aside what it was: the cost is bounded by the
 * state, not by the load.
 *
 * <p>Assumptions: (1) made and closed while nobody applies or reads (write lock); (2) {@link #step}
 * runs while nobody applies (read lock), from one thread; (3) one walk at a time.
 *
 * <p>Guarantees: (1) what is set aside and what all steps write together is each thing that existed
 * when the walk began exactly once, as it was then; (2) the counters are set aside first of all: a
 * load opens its store by them; (3) one step takes bounded time, however large the state.
 */
public final class SnapshotWalk implements AutoCloseable {
    private static final int ITEMS_PER_STEP = 256;
    private static final int LENGTHS_BYTES = Short.BYTES + Integer.BYTES;

    /** The tables in the order in which they are walked; a load needs no order. */
    private enum Stage {
        SETTINGS,
        MEMBERS,
        SESSIONS,
        LOCKS,
        SHARED_GRANTS,
        WAITERS,
        GUARDS,
        GATES,
        REJECTIONS,
        EXPIRIES,
        RECORDS,
        DONE;

        Stage next() {
            return values()[ordinal() + 1];
        }
    }

    private final KvStateMachine state;
    private final long number;
    private final long digest;

    /** Records with a later one are none of this walk's: they were set aside, or are new. */
    private final long revision;

    private final SetAside setAside;
    private final BytesOut scratch = new BytesOut(1024);

    /** Where the records are read from; frozen once the state has moved to another store. */
    private KvStore store;

    private boolean storeFrozen;

    private Stage stage = Stage.SETTINGS;
    private @Nullable Item position;
    private int nextShard;

    /** Set under the read lock, read under the write lock. */
    private boolean done;

    SnapshotWalk(KvStateMachine state, long number, SetAside setAside) {
        this.state = state;
        this.number = number;
        this.digest = state.digest();
        this.revision = state.counters.revision;
        this.setAside = setAside;
        this.store = state.records.store();
        setCountersAside();
    }

    private void setCountersAside() {
        int lengths = beginItem(ItemKind.COUNTERS, scratch);
        endKey(lengths, scratch);
        state.counters.encode(scratch);
        scratch.putLong(state.records.capacityFor(state.settings.get(Setting.STORE_QUOTA_BYTES)));
        endItem(lengths, scratch);
        setAside.add(scratch);
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

    /** Called by apply before an item changes. */
    void setAside(Item item) {
        if (item.walkMark != number) {
            item.walkMark = number;
            scratch.clear();
            append(item, scratch);
            setAside.add(scratch);
        }
    }

    /** Called by apply before a record changes. */
    void setAside(Key key, KvStore.Slot slot) {
        EncodedRecord before = slot.record();
        if (storeFrozen || !isOurs(before) || slot.shard() < nextShard) {
            return;
        }
        scratch.clear();
        append(key, before, scratch);
        setAside.add(scratch);
    }

    /** Revisions only grow, so a record that has changed since the walk began says so itself. */
    private boolean isOurs(EncodedRecord record) {
        return record.exists() && record.modifyRevision() <= revision;
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

    /** Appends the next few things; false, and nothing, once there is nothing left. */
    public boolean step(BytesOut out) {
        switch (stage) {
            case RECORDS -> walkShard(out);
            case DONE -> done = true;
            default -> walkItems(out);
        }
        return !done;
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
                session.outcomes.forEach(outcome -> write(outcome, out));
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
            case SHARED_GRANTS ->
                    state.locks.nextShared(
                            after == null ? null : ((SharedGrant) after).grant.token());
            case WAITERS -> state.locks.nextWaiter((Waiter) after);
            case GUARDS ->
                    state.guards.next(after == null ? null : ((GuardEntry) after).guard.prefix());
            case GATES -> state.gates.next(after == null ? null : ((Gate) after).resource);
            case REJECTIONS ->
                    state.rejections.next(
                            after == null ? 0 : ((Rejections.Entry) after).rejection().revision());
            case EXPIRIES -> state.expiries.next(after);
            case RECORDS, DONE -> null;
        };
    }

    private void walkShard(BytesOut out) {
        store.forEachInShard(
                nextShard,
                (key, record) -> {
                    if (isOurs(record)) {
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

    private static void append(Item item, BytesOut out) {
        int lengths = beginItem(item.kind(), out);
        item.encodeKey(out);
        endKey(lengths, out);
        item.encodeContent(out);
        endItem(lengths, out);
    }

    private static void append(Key key, EncodedRecord record, BytesOut out) {
        int lengths = beginItem(ItemKind.RECORD, out);
        CommandCodec.putKey(key, out);
        endKey(lengths, out);
        out.reserve(record.length()).put(record.array(), 0, record.length());
        endItem(lengths, out);
    }

    /** Returns where the lengths of key and content belong, which are filled in later. */
    private static int beginItem(ItemKind kind, BytesOut out) {
        out.putByte(kind.code());
        int lengths = out.length();
        out.putShort(0);
        out.putInt(0);
        return lengths;
    }

    private static void endKey(int lengths, BytesOut out) {
        out.setShort(lengths, out.length() - lengths - LENGTHS_BYTES);
    }

    private static void endItem(int lengths, BytesOut out) {
        int keyBytes = out.getShort(lengths);
        out.setInt(lengths + Short.BYTES, out.length() - lengths - LENGTHS_BYTES - keyBytes);
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
