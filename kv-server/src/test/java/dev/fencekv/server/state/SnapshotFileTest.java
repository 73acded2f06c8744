package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CorruptBytesException;
import dev.fencekv.server.command.NewerFormatException;
import dev.fencekv.server.store.HeapKvStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A snapshot is taken whole or not at all. */
class SnapshotFileTest {
    private static final int FORMAT_AT = 8;

    /** A little of everything that a snapshot can hold. */
    private static byte[] snapshot() {
        try (ScenarioWorld world = new ScenarioWorld()) {
            world.run("form node=1 peer=p:1 client=c:1");
            world.run("set locks-max 9");
            world.run("open a ttl=60000");
            world.run("open b ttl=60000");
            world.run("acquire by=a lock=disk");
            world.run("acquire by=b lock=disk wait=1000");
            world.run("guard prefix=g lock=disk");
            world.run("put by=a key=mine value=x ephemeral");
            world.run("put key=g1 value=x");
            return world.snapshot();
        }
    }

    @Test
    void everyChangedByteIsRefused() {
        byte[] good = snapshot();
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << bit);
                assertRefused(bad);
            }
        }
        assertThat(Snapshots.load(good, HeapKvStore::open)).isNotNull();
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] good = snapshot();
        for (int length = 0; length < good.length; length++) {
            assertRefused(Arrays.copyOf(good, length));
        }
    }

    private static void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> load(bytes))
                .isInstanceOfAny(
                        CorruptBytesException.class, NewerFormatException.class, IOException.class);
    }

    @Test
    void aNewerFormatIsSaidToBeNewer() {
        byte[] newer = snapshot();
        ByteBuffer.wrap(newer).putInt(FORMAT_AT, 2);
        assertThatThrownBy(() -> load(newer))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("install the newer release");
    }

    @Test
    void aHigherFeatureLevelIsSaidToBeNewer() {
        Counters counters = new Counters();
        counters.featureLevel = KvStateMachine.FEATURE_LEVEL_MAX + 1;
        try (KvStateMachine state = new KvStateMachine(HeapKvStore::open, counters, 1 << 20)) {
            byte[] newer = Snapshots.of(state);
            assertThatThrownBy(() -> load(newer)).isInstanceOf(NewerFormatException.class);
        }
    }

    @Test
    void anUnknownKindOfThingIsSaidToBeNewer() throws IOException {
        byte[] newer = crafted(bytes -> putItem(bytes, 99, new byte[0], new byte[0]));
        assertThatThrownBy(() -> load(newer)).isInstanceOf(NewerFormatException.class);
    }

    @Test
    void itemsThatCannotBeOursAreRefusedThoughTheirChecksumsMatch() throws IOException {
        for (ItemKind kind : ItemKind.values()) {
            byte[] bad = crafted(bytes -> putItem(bytes, kind.code(), new byte[3], new byte[3]));
            assertRefused(bad);
        }
        byte[] tooLong =
                crafted(
                        bytes -> {
                            bytes.putByte(ItemKind.RECORD.code());
                            bytes.putShort(0xffff);
                            bytes.putInt(Integer.MAX_VALUE);
                        });
        assertThatThrownBy(() -> load(tooLong)).isInstanceOf(CorruptBytesException.class);
    }

    @Test
    void aSnapshotThatIsMissingAThingDoesNotAddUp() throws IOException {
        KvStateMachine empty = new KvStateMachine(HeapKvStore::open);
        byte[] missing = finished(countersOf(empty), empty.digest() + 1);
        assertThatThrownBy(() -> load(missing))
                .isInstanceOf(CorruptBytesException.class)
                .hasMessageContaining("digest");
        empty.close();
    }

    /** The counters of an empty state, and then what {@code more} says. */
    private static byte[] crafted(Consumer<BytesOut> more) throws IOException {
        try (KvStateMachine empty = new KvStateMachine(HeapKvStore::open)) {
            BytesOut bytes = countersOf(empty);
            more.accept(bytes);
            return finished(bytes, empty.digest());
        }
    }

    private static BytesOut countersOf(KvStateMachine state) {
        BytesOut bytes = new BytesOut(256);
        state.beginSnapshot(bytes::append).close();
        return bytes;
    }

    private static byte[] finished(BytesOut bytes, long digest) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        SnapshotWriter writer = new SnapshotWriter(stream);
        writer.write(bytes);
        writer.finish(digest);
        return stream.toByteArray();
    }

    private static void putItem(BytesOut out, int kind, byte[] key, byte[] content) {
        out.putByte(kind);
        out.putShort(key.length);
        out.putInt(content.length);
        out.reserve(key.length).put(key);
        out.reserve(content.length).put(content);
    }

    private static void load(byte[] bytes) throws IOException {
        KvStateMachine.load(new ByteArrayInputStream(bytes), HeapKvStore::open).close();
    }
}
