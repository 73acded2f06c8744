package dev.fencekv.server.store;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.EncodedRecord;
import dev.fencekv.server.state.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.hash.Data;

/**
 * A key and a record on their way to the map, outside the heap so that the map copies memory to
 * memory, and a record that came from it.
 *
 * <p>Owned by its thread, or by the writer's slot; its content lives within one operation of a
 * store.
 */
final class Scratch {
    static final int HASH_BYTES = Long.BYTES;

    private static final int FIRST_RECORD_BYTES = 4096;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private final ByteBuffer key = ByteBuffer.allocateDirect(HASH_BYTES + Limits.KEY_BYTES_MAX);
    private final BytesStore<?, ?> keyStore = BytesStore.wrap(key);

    private ByteBuffer passing = ByteBuffer.allocateDirect(FIRST_RECORD_BYTES);
    private BytesStore<?, ?> passingStore = BytesStore.wrap(passing);

    private final EncodedRecord record = new EncodedRecord();

    Scratch() {
        // HAZARD: the library sets the order of each buffer that it wraps to the machine's.
        key.order(ByteOrder.LITTLE_ENDIAN);
        passing.order(ByteOrder.BIG_ENDIAN);
    }

    static Scratch ofThisThread() {
        return OF_THREAD.get();
    }

    /** The map's key: the hash, then the bytes of {@code key}. */
    BytesStore<?, ?> holdKey(SeededHash hash, Key key) {
        this.key.clear().position(HASH_BYTES);
        key.writeTo(this.key);
        this.key.putLong(0, hash.hash(this.key, HASH_BYTES, key.length()));
        return keyStore;
    }

    /** The bytes of {@code record}, to be written. */
    BytesStore<?, ?> holdRecord(Versioned record) {
        reserve(RecordCodec.encodedBytes(record));
        RecordCodec.encode(record, passing.clear());
        return passingStore;
    }

    private void reserve(int bytes) {
        if (passing.capacity() < bytes) {
            passing = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes - 1) << 1);
            passingStore = BytesStore.wrap(passing);
            passing.order(ByteOrder.BIG_ENDIAN);
        }
    }

    /** Copies a record out of the map; to be called under its lock. */
    void copyRecord(Data<?> data) {
        int bytes = (int) data.size();
        reserve(bytes);
        data.writeTo(passingStore, 0);
        passing.get(0, record.fill(bytes), 0, bytes);
    }

    /** As {@link #copyRecord}, of so many bytes at most. */
    void copyBeginning(Data<?> data, int most) {
        int bytes = (int) Math.min(most, data.size());
        reserve(bytes);
        passingStore.write(0, data.bytes(), data.offset(), bytes);
        passing.get(0, record.fill(bytes), 0, bytes);
    }

    /** The record that was copied. */
    EncodedRecord record() {
        return record;
    }

    /** Where the map may write a key. */
    BytesStore<?, ?> keyStore() {
        return keyStore;
    }

    Key decodeKey(int bytes) {
        key.clear().limit(bytes).position(HASH_BYTES);
        return Key.readFrom(key, bytes - HASH_BYTES);
    }
}
