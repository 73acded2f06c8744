package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.CorruptBytesException;
import dev.fencekv.server.command.NewerFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a state machine from a snapshot. The items come in no particular order, so what refers to
 * others is put back once all are there.
 */
final class SnapshotLoad {
    /**
     * An item that waits for what it refers to. A copy: a view would keep its block in memory, and
     * blocks are full of records.
     */
    private record Late(ByteBuffer key, ByteBuffer content) {
        static Late copyOf(ByteBuffer key, ByteBuffer content) {
            return new Late(copyOf(key), copyOf(content));
        }

        private static ByteBuffer copyOf(ByteBuffer bytes) {
            return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
        }
    }

    private record Owned(SessionId session, Key key) {}

    private final KvStore.Factory stores;
    private @Nullable KvStateMachine state;
    private final List<Late> outcomes = new ArrayList<>();
    private final List<Late> locks = new ArrayList<>();
    private final List<Late> waiters = new ArrayList<>();
    private final List<Late> sharedGrants = new ArrayList<>();
    private final List<Late> sharedWaiters = new ArrayList<>();
    private final List<Late> guards = new ArrayList<>();
    private final List<Late> gates = new ArrayList<>();
    private final List<Owned> owned = new ArrayList<>();

    private SnapshotLoad(KvStore.Factory stores) {
        this.stores = stores;
    }

    static KvStateMachine load(InputStream stream, KvStore.Factory stores) throws IOException {
        SnapshotLoad load = new SnapshotLoad(stores);
        try {
            long digest = SnapshotFile.read(stream, load::block);
            return load.finish(digest);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            load.abandon();
            throw new CorruptBytesException("snapshot: " + e.getMessage(), e);
        } catch (Throwable e) {
            load.abandon();
            throw e;
        }
    }

    private void abandon() {
        KvStateMachine half = state;
        if (half != null) {
            half.close();
        }
    }

    private void block(ByteBuffer block) {
        BytesIn in = new BytesIn(block);
        while (in.remaining() > 0) {
            ItemKind kind = ItemKind.ofCode(in.getByte());
            int keyBytes = in.getShort();
            int contentBytes = in.getInt();
            ByteBuffer key = in.slice(keyBytes);
            item(kind, key, in.slice(contentBytes));
        }
    }

    private void item(ItemKind kind, ByteBuffer key, ByteBuffer content) {
        switch (kind) {
            case COUNTERS -> counters(new BytesIn(content));
            case SETTING -> loading().settings.restore(new BytesIn(key), new BytesIn(content));
            case MEMBER -> loading().members.restore(new BytesIn(content));
            case SESSION ->
                    loading().sessions.restoreSession(new BytesIn(key), new BytesIn(content));
            case REJECTION -> loading().rejections.restore(new BytesIn(key), new BytesIn(content));
            case EXPIRY -> loading().expiries.restore(new BytesIn(key), new BytesIn(content));
            case RECORD -> record(new BytesIn(key), content);
            case OUTCOME -> outcomes.add(Late.copyOf(key, content));
            case LOCK -> locks.add(Late.copyOf(key, content));
            case WAITER -> waiters.add(Late.copyOf(key, content));
            case SHARED_GRANT -> sharedGrants.add(Late.copyOf(key, content));
            case SHARED_WAITER -> sharedWaiters.add(Late.copyOf(key, content));
            case GUARD -> guards.add(Late.copyOf(key, content));
            case GATE -> gates.add(Late.copyOf(key, content));
        }
    }

    private KvStateMachine loading() {
        KvStateMachine current = state;
        if (current == null) {
            throw new CorruptBytesException("the snapshot does not begin with its counters");
        }
        return current;
    }

    private void counters(BytesIn in) {
        Counters counters = new Counters();
        counters.restore(in);
        if (counters.featureLevel > KvStateMachine.FEATURE_LEVEL_MAX) {
            throw new NewerFormatException(
                    "the snapshot has feature level "
                            + counters.featureLevel
                            + " but this release knows only "
                            + KvStateMachine.FEATURE_LEVEL_MAX
                            + "; install the newer release");
        }
        state = new KvStateMachine(stores, counters, in.getLong());
    }

    private void record(BytesIn keyBytes, ByteBuffer content) {
        Key key = CommandCodec.getKey(keyBytes);
        Versioned record = RecordCodec.decode(content);
        KvStateMachine loaded = loading();
        try (KvStore.Slot slot = loaded.records.hold(key)) {
            if (slot.record().exists()) {
                throw new CorruptBytesException("the snapshot holds the key " + key + " twice");
            }
            loaded.records.restore(key, slot, record);
        }
        if (!record.owner().isNone()) {
            owned.add(new Owned(record.owner(), key));
        }
    }

    private KvStateMachine finish(long digest) {
        KvStateMachine loaded = loading();
        loaded.resizeHistory();
        loaded.rejections.restored();
        for (Late late : outcomes) {
            loaded.sessions.restoreOutcome(new BytesIn(late.key), new BytesIn(late.content));
        }
        for (Late late : locks) {
            loaded.locks.restoreLock(new BytesIn(late.key), new BytesIn(late.content));
        }
        for (Late late : waiters) {
            loaded.locks.restoreWaiter(new BytesIn(late.key), new BytesIn(late.content), false);
        }
        for (Late late : sharedWaiters) {
            loaded.locks.restoreWaiter(new BytesIn(late.key), new BytesIn(late.content), true);
        }
        for (Late late : sharedGrants) {
            loaded.locks.restoreShared(new BytesIn(late.key), new BytesIn(late.content));
        }
        for (Late late : guards) {
            Guard guard = loaded.guards.restore(new BytesIn(late.content));
            Check.present(loaded.locks.find(guard.lock()), "the lock of a guard").guards++;
        }
        for (Late late : gates) {
            loaded.gates.restore(new BytesIn(late.key), new BytesIn(late.content));
        }
        for (Owned one : owned) {
            Check.present(loaded.sessions.findLive(one.session), "the owner of a key")
                    .keys
                    .add(one.key);
        }
        if (loaded.digest() != digest) {
            throw new CorruptBytesException(
                    "the snapshot's contents do not add up to its digest: %016x, %016x"
                            .formatted(loaded.digest(), digest));
        }
        return loaded;
    }
}
