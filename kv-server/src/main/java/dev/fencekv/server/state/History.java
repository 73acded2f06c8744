package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The history window: what each change of a record replaced, and what happened to locks, in the
 * order of revisions, back to as many bytes and revisions as the settings allow. With it and the
 * records of now, those of any revision of the window can be told, and every change since.
 *
 * <pre>
 * entry:  kind, lengths | revision | stamp | hash of the key | older | newer | key | old record
 *         8 bytes       | 8        | 8     | 8               | 8     | 8     | padded to 8 each
 * </pre>
 *
 * <p>Of a lock there is no key and no hash, and the event in place of the record.
 *
 * <p>{@code older} and {@code newer} chain the entries of one bucket of a hash table of keys, whose
 * heads are the newest ones. Chosen over a pointer in each record, because a deleted key has no
 * record, and because the digest must not see any of this. Nothing is ever taken out of a chain:
 * positions only grow, so one that lies before the window ends it. The chain backwards leads to
 * what a key was at a revision, the one forwards to what a change left behind: the old record of
 * the next change, or the record of now.
 *
 * <p>Entries are chained by those who read the past, not by apply: it would touch memory all over
 * the window, some hundred nanoseconds a change and worse for what it takes out of the caches,
 * while appending only streams ({@code performance.md}).
 *
 * <p>A node's own, no part of the replicated state: neither digest nor snapshots know of it, and
 * after the load of a snapshot it is empty. Only how far it goes back is replicated.
 *
 * <p>Assumptions: (1) written by the thread that applies, while nobody reads; (2) read by any
 * threads while nobody applies: {@code replication.AppliedState} has a lock for this. So readers
 * see whole entries of the log, and plain memory is enough. Chains are made by one reader at a
 * time, under {@link #chaining}, and followed by others once {@link #chainedEnd} is the end.
 *
 * <p>Guarantees: (1) as of {@link #oldestRevision} and every later revision all records are known,
 * and after {@link #lockFloorRevision} all that happened to locks; (2) one change costs one copy of
 * the old record and makes no garbage, but for a delete, whose key is kept in an order; (3) where
 * the machine has no memory for more the window stays smaller, and nothing else happens.
 */
final class History {
    /** No position: there is nothing. */
    static final long NONE = 0;

    /** A record was put. */
    static final int PUT = 1;

    /** A record was removed. */
    static final int DELETE = 2;

    /** Something happened to a lock. */
    static final int LOCK = 3;

    private static final long POSITION_FIRST = 64;

    private static final int SIZES_AT = 0;
    private static final int REVISION_AT = 8;
    private static final int STAMP_AT = 16;
    private static final int HASH_AT = 24;
    private static final int OLDER_AT = 32;
    private static final int NEWER_AT = 40;
    private static final int KEY_AT = 48;

    /** What a deleted key takes on the heap, roughly: charged as if it lay in the ring. */
    private static final int DELETED_KEY_BYTES = 128;

    private static final long ENTRIES_PER_BUCKET = 4;
    private static final int BUCKET_BITS_FIRST = 6;
    private static final int BUCKET_BITS_MAX = 22;

    /** The table grows by this factor, seldom: each time all entries are chained anew. */
    private static final int BUCKET_BITS_STEP = 3;

    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final Counters counters;
    private final RingMemory memory;

    /** Where the last delete of each key lies that was deleted within the window. */
    private final TreeMap<Key, Long> deleted = new TreeMap<>();

    private final byte[] scratch = new byte[Limits.KEY_BYTES_MAX];

    /** Where an entry is put together. */
    private byte[] draft = new byte[1024];

    private final Object chaining = new Object();

    /** Entries before it are chained. Written under {@link #chaining}. */
    private volatile long chainedEnd = POSITION_FIRST;

    /** Of each bucket the newest entry that is chained; before the window there is none. */
    private long[] newest = new long[1 << BUCKET_BITS_FIRST];

    private int bucketBits = BUCKET_BITS_FIRST;

    /** So that clients cannot crowd keys into one bucket. */
    private long seed;

    /** The settings, or less where memory fell short; 0: no history at all. */
    private long bytesMax;

    private long revisionsMax;

    /** The oldest entry, or {@link #end}. Invariant: whatever lies before it is not read. */
    private long first = POSITION_FIRST;

    /** Where the next entry will lie. */
    private long end = POSITION_FIRST;

    private long entries;

    /** What the entries are charged. Invariant: at most {@link #bytesMax}. */
    private long chargedBytes;

    /** Of the oldest entry, if there is one. */
    private long firstRevision;

    /** Of the last change of a record that is not in the window. */
    private long floorRevision;

    /** Of the last event of a lock that is not in the window. */
    private long lockFloorRevision;

    /** Packed, as in entries: a {@link HybridTimestamp} for each change would be garbage. */
    private long floorStamp;

    /** Of the newest entry of a record, if there is one. */
    private long lastRecordRevision;

    /** Begins empty: what was before {@code counters} of now is not known. */
    History(Counters counters, RingMemory memory, long bytesMax, long revisionsMax) {
        this.counters = counters;
        this.memory = memory;
        this.floorRevision = counters.revision;
        this.lockFloorRevision = counters.revision;
        this.floorStamp = counters.lastStamp.packed();
        this.seed = counters.hashSeed;
        resize(bytesMax, revisionsMax);
    }

    /** How far it goes back from now on: at most; 0 of either: no history. */
    void resize(long bytes, long revisions) {
        boolean wasOn = isOn();
        bytesMax = bytes;
        revisionsMax = revisions;
        if (!isOn() || !wasOn) {
            forget();
        }
        while (entries > 0 && isTooMuch(0)) {
            dropFirst();
        }
        memory.trim();
    }

    private boolean isOn() {
        return bytesMax > 0 && revisionsMax > 0;
    }

    /** As of now there is no past. */
    private void forget() {
        first = end;
        entries = 0;
        chargedBytes = 0;
        floorRevision = counters.revision;
        lockFloorRevision = counters.revision;
        floorStamp = counters.lastStamp.packed();
        deleted.clear();
        memory.drop(first);
    }

    // ---- writing, by apply

    /**
     * A record is about to be put or removed by the command that has the last revision and stamp.
     *
     * @param keyHash {@link #hash} of the key
     * @param before what there is of the record
     */
    void recordChanging(Key key, long keyHash, EncodedRecord before, boolean removes) {
        if (!isOn()) {
            floorRevision = counters.revision;
            floorStamp = counters.lastStamp.packed();
            return;
        }
        int kind = removes ? DELETE : PUT;
        int keyBytes = key.length();
        int recordAt = KEY_AT + padded(keyBytes);
        int used = recordAt + before.length();
        needDraft(used);
        lastRecordRevision = counters.revision;
        LONGS.set(draft, HASH_AT, keyHash);
        key.copyTo(draft, KEY_AT);
        System.arraycopy(before.array(), 0, draft, recordAt, before.length());
        long position = append(kind, keyBytes, before.length(), used);
        if (removes && position != NONE) {
            deleted.put(key, position);
        }
    }

    /** Something has happened to a lock, by the command that has the last revision and stamp. */
    void lockChanged(BytesOut event) {
        if (!isOn()) {
            lockFloorRevision = counters.revision;
            return;
        }
        int used = KEY_AT + event.length();
        needDraft(used);
        System.arraycopy(event.array(), 0, draft, KEY_AT, event.length());
        append(LOCK, 0, event.length(), used);
    }

    private void needDraft(int bytes) {
        if (draft.length < bytes) {
            draft = new byte[2 * bytes];
        }
    }

    /** Appends the draft, with what all entries have; {@link #NONE} if it does not fit. */
    private long append(int kind, int keyBytes, int bodyBytes, int usedBytes) {
        long size = padded(usedBytes);
        if (!makeRoom(size, charge(kind, size))) {
            forget();
            return NONE;
        }
        LONGS.set(draft, SIZES_AT, (long) kind << 56 | (long) keyBytes << 32 | bodyBytes);
        LONGS.set(draft, REVISION_AT, counters.revision);
        LONGS.set(draft, STAMP_AT, counters.lastStamp.packed());
        long position = end;
        memory.put(position, draft, usedBytes);
        long nextSegment = (position - 1) / RingMemory.SEGMENT_BYTES + 1;
        end += size;
        for (; nextSegment * RingMemory.SEGMENT_BYTES < end; nextSegment++) {
            memory.note(nextSegment, position);
        }
        if (entries == 0) {
            firstRevision = counters.revision;
        }
        entries++;
        chargedBytes += charge(kind, size);
        return position;
    }

    private boolean makeRoom(long size, long charge) {
        while (true) {
            while (entries > 0 && isTooMuch(charge)) {
                dropFirst();
            }
            if (charge > bytesMax) {
                return false;
            }
            if (memory.reserve(end + size)) {
                return true;
            }
            if (entries == 0) {
                return false;
            }
            // What there is is all that can be had: from here on the window moves along.
            bytesMax = chargedBytes;
        }
    }

    private boolean isTooMuch(long more) {
        return chargedBytes + more > bytesMax || firstRevision <= counters.revision - revisionsMax;
    }

    private void dropFirst() {
        long position = first;
        int kind = kind(position);
        long size = size(position);
        if (kind == PUT) {
            recordGone(position);
        } else if (kind == DELETE) {
            recordGone(position);
            deleted.remove(key(position, scratch), position);
        } else {
            lockFloorRevision = revision(position);
        }
        entries--;
        chargedBytes -= charge(kind, size);
        first = position + size;
        if (RingMemory.segmentOf(position) != RingMemory.segmentOf(first)) {
            memory.drop(first);
        }
        if (entries > 0) {
            firstRevision = revision(first);
        }
    }

    private void recordGone(long position) {
        floorRevision = revision(position);
        floorStamp = memory.getLong(position + STAMP_AT);
    }

    private static long charge(int kind, long size) {
        return kind == DELETE ? size + DELETED_KEY_BYTES : size;
    }

    private int bucket(long keyHash) {
        return (int) ((keyHash ^ seed) * SPREAD >>> Long.SIZE - bucketBits);
    }

    private static int padded(int bytes) {
        return bytes + 7 & ~7;
    }

    // ---- chaining, by readers

    /**
     * Chains entries that are not yet, a step each; true if none is left: from then on chains may
     * be followed for as long as nobody applies.
     */
    boolean chain(Steps steps) {
        if (chainedEnd == end) {
            return true;
        }
        synchronized (chaining) {
            if (chainedEnd == end) {
                return true; // By another reader, meanwhile. From now on chains are followed.
            }
            long position = Math.max(chainedEnd, first);
            if (entries > ENTRIES_PER_BUCKET << bucketBits && bucketBits < BUCKET_BITS_MAX) {
                widen();
                position = first;
            }
            while (position < end && steps.take()) {
                chainOne(position);
                position += size(position);
            }
            chainedEnd = position;
            return position == end;
        }
    }

    private void chainAll() {
        boolean all = chain(Steps.unbounded());
        Check.invariant(all, "nothing is appended while somebody reads");
    }

    private void chainOne(long position) {
        if (!isOfRecord(position)) {
            return;
        }
        int bucket = bucket(memory.getLong(position + HASH_AT));
        long older = newest[bucket];
        memory.putLong(position + OLDER_AT, older);
        memory.putLong(position + NEWER_AT, NONE);
        if (older >= first) {
            memory.putLong(older + NEWER_AT, position);
        }
        newest[bucket] = position;
    }

    /** A table that suits the number of entries, for all to be chained anew. */
    private void widen() {
        while (entries > ENTRIES_PER_BUCKET << bucketBits && bucketBits < BUCKET_BITS_MAX) {
            bucketBits = Math.min(bucketBits + BUCKET_BITS_STEP, BUCKET_BITS_MAX);
        }
        newest = new long[1 << bucketBits];
        seed = counters.hashSeed;
    }

    // ---- reading

    /** The hash that entries of {@code key} are found by. */
    static long hash(byte[] key, int keyBytes) {
        return Hash64.of(ItemKind.RECORD.code(), key, keyBytes);
    }

    /** The oldest revision as of which the records are known: this one and all later ones are. */
    long oldestRevision() {
        return floorRevision;
    }

    /** After this revision all that happened to locks is known. */
    long lockFloorRevision() {
        return lockFloorRevision;
    }

    long entries() {
        return entries;
    }

    /** Outside the heap, in bytes. */
    long memoryBytes() {
        return memory.memoryBytes();
    }

    boolean knows(long revision) {
        return revision >= floorRevision;
    }

    boolean knows(HybridTimestamp stamp) {
        return stamp.packed() >= floorStamp;
    }

    /** Whether no record has changed since {@code revision}, which must be known. */
    boolean isAsNow(long revision) {
        return entries == 0 || lastRecordRevision <= revision;
    }

    /**
     * The last revision whose stamp is not above {@code stamp}, which must be known; or one that
     * has the same records.
     */
    long revisionAt(HybridTimestamp stamp) {
        long next = firstAbove(STAMP_AT, stamp.packed());
        return next == end ? counters.revision : revision(next) - 1;
    }

    /** Changes when the chains are made anew. */
    int layout() {
        return bucketBits;
    }

    /** The newest entry of the bucket of a key; see {@link #isKnown}. Once all are chained. */
    long newestOfBucket(long keyHash) {
        return newest[bucket(keyHash)];
    }

    /** The entry before that of {@code position} in its bucket; see {@link #isKnown}. */
    long olderOfBucket(long position) {
        return memory.getLong(position + OLDER_AT);
    }

    /**
     * Keys of a range that were deleted within the window, in order; they may be there again. A
     * view, valid while nobody applies.
     */
    NavigableSet<Key> deletedKeys(KeyRange range) {
        NavigableSet<Key> keys = Collections.unmodifiableNavigableSet(deleted.navigableKeySet());
        if (range.from().isPresent()) {
            keys = keys.tailSet(range.from().get(), true);
        }
        return range.to().isPresent() ? keys.headSet(range.to().get(), false) : keys;
    }

    /** Whether the change made a key exist, 1, or not exist any more, -1; else 0. */
    int keysGained(long position) {
        int kind = kind(position);
        int before = bodyBytes(position) > 0 ? 1 : 0;
        return kind == PUT ? 1 - before : kind == DELETE ? -before : 0;
    }

    /** Where the next entry will lie. */
    long end() {
        return end;
    }

    /**
     * Whether a position that was one of an entry, or the end, or {@link #NONE}, has not left the
     * window.
     */
    boolean isKnown(long position) {
        return position >= first;
    }

    /** The first entry with a revision from {@code revision} on, or {@link #end}. */
    long seek(long revision) {
        return firstAbove(REVISION_AT, revision - 1);
    }

    /** The first entry whose field, which never falls, is above {@code value}; or the end. */
    private long firstAbove(int field, long value) {
        long low = RingMemory.segmentOf(first);
        long high = RingMemory.segmentOf(end - 1);
        long position = first;
        // The last segment at whose beginning nothing is above it yet.
        while (low < high) {
            long middle = low + (high - low + 1) / 2;
            long noted = Math.max(memory.noteOf(middle), first);
            if (noted < end && memory.getLong(noted + field) <= value) {
                low = middle;
                position = noted;
            } else {
                high = middle - 1;
            }
        }
        while (position < end && memory.getLong(position + field) <= value) {
            position += size(position);
        }
        return position;
    }

    int kind(long position) {
        return (int) (memory.getLong(position + SIZES_AT) >>> 56);
    }

    boolean isOfRecord(long position) {
        return kind(position) != LOCK;
    }

    private int keyBytes(long position) {
        return (int) (memory.getLong(position + SIZES_AT) >>> 32) & 0xffff;
    }

    private int bodyBytes(long position) {
        return (int) memory.getLong(position + SIZES_AT);
    }

    /** Of the entry, in bytes: the next one lies there. */
    long size(long position) {
        return KEY_AT + padded(keyBytes(position)) + padded(bodyBytes(position));
    }

    long revision(long position) {
        return memory.getLong(position + REVISION_AT);
    }

    HybridTimestamp stamp(long position) {
        return new HybridTimestamp(memory.getLong(position + STAMP_AT));
    }

    /**
     * @param scratch of {@link Limits#KEY_BYTES_MAX} bytes
     */
    Key key(long position, byte[] scratch) {
        int bytes = keyBytes(position);
        memory.get(position + KEY_AT, scratch, bytes);
        return Key.copyOf(scratch, 0, bytes);
    }

    /** What the change replaced; null if there was nothing. */
    @Nullable Versioned before(long position) {
        int bytes = bodyBytes(position);
        if (bytes == 0) {
            return null;
        }
        EncodedRecord record = new EncodedRecord();
        long from = position + KEY_AT + padded(keyBytes(position));
        memory.get(from, record.fill(bytes), bytes);
        return record.decode();
    }

    /** What happened to a lock. */
    BytesIn lockEvent(long position) {
        byte[] event = new byte[bodyBytes(position)];
        memory.get(position + KEY_AT, event, event.length);
        return new BytesIn(ByteBuffer.wrap(event));
    }

    /** What the change left behind; null if it removed the record. */
    @Nullable Versioned after(long position, KvStore store, byte[] scratch) {
        if (kind(position) == DELETE) {
            return null;
        }
        chainAll();
        Key key = key(position, scratch);
        byte[] bytes = key.toByteArray();
        long keyHash = memory.getLong(position + HASH_AT);
        for (long next = memory.getLong(position + NEWER_AT);
                next != NONE;
                next = memory.getLong(next + NEWER_AT)) {
            if (isOf(next, keyHash, bytes)) {
                return before(next);
            }
        }
        return store.get(key);
    }

    /** Whether the entry is of a key. */
    boolean isOf(long position, long keyHash, byte[] key) {
        return memory.getLong(position + HASH_AT) == keyHash
                && keyBytes(position) == key.length
                && memory.holds(position + KEY_AT, key, key.length);
    }
}
