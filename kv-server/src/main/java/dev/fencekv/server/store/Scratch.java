package dev.fencekv.server.store;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.RecordCodec;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.BytesStore;

/**
 * A key and a record in the form that the map takes and gives, outside the heap so that the map
 * copies memory to memory. Kept per thread because a get allocates nothing else but its result.
 *
 * <p>Owned by its thread; its content lives within one operation of a store.
 */
final class Scratch {
    static final int HASH_BYTES = Long.BYTES;

    private static final int FIRST_RECORD_BYTES = 4096;

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private final ByteBuffer key = ByteBuffer.allocateDirect(HASH_BYTES + Limits.KEY_BYTES_MAX);
    private final BytesStore<?, ?> keyStore = BytesStore.wrap(key);

    private ByteBuffer record = ByteBuffer.allocateDirect(FIRST_RECORD_BYTES);
    private BytesStore<?, ?> recordStore = BytesStore.wrap(record);

    private Scratch() {}

    static Scratch ofThisThread() {
        return OF_THREAD.get();
    }

    /** The map's key: the hash, then the bytes of {@code key}. */
    BytesStore<?, ?> holdKey(long hash, Key key) {
        this.key.clear();
        this.key.putLong(hash);
        key.writeTo(this.key);
        return keyStore;
    }

    /** The bytes of {@code record}. */
    BytesStore<?, ?> holdRecord(Versioned record) {
        recordStore(RecordCodec.encodedBytes(record));
        this.record.clear();
        RecordCodec.encode(record, this.record);
        return recordStore;
    }

    /** Where the map may write {@code bytes} bytes. */
    BytesStore<?, ?> recordStore(int bytes) {
        if (record.capacity() < bytes) {
            record = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes - 1) << 1);
            recordStore = BytesStore.wrap(record);
        }
        return recordStore;
    }

    /** What the map wrote. */
    Versioned decodeRecord(int bytes) {
        record.clear().limit(bytes);
        return RecordCodec.decode(record);
    }

    Key decodeKey(int bytes) {
        key.clear().limit(bytes).position(HASH_BYTES);
        return Key.readFrom(key, bytes - HASH_BYTES);
    }

    BytesStore<?, ?> keyStore() {
        return keyStore;
    }
}
