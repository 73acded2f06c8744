package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesOut;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Snapshots in memory. */
final class Snapshots {
    private Snapshots() {}

    static byte[] of(KvStateMachine state) {
        BytesOut bytes = new BytesOut(1024);
        try (SnapshotWalk walk = state.beginSnapshot(bytes::append)) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            SnapshotWriter writer = new SnapshotWriter(stream);
            while (walk.step(bytes)) {
                writer.write(bytes);
            }
            writer.finish(walk.digest());
            return stream.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static KvStateMachine load(byte[] snapshot, KvStore.Factory stores) {
        try {
            return KvStateMachine.load(new ByteArrayInputStream(snapshot), stores);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All items in an order of their own: walks of different stores write in different orders. */
    static List<String> items(byte[] snapshot) {
        List<String> items = new ArrayList<>();
        try {
            SnapshotFile.read(new ByteArrayInputStream(snapshot), block -> addItems(block, items));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        items.sort(null);
        return items;
    }

    private static void addItems(ByteBuffer block, List<String> items) {
        while (block.hasRemaining()) {
            int start = block.position();
            block.get();
            int keyBytes = block.getShort() & 0xffff;
            int contentBytes = block.getInt();
            block.position(block.position() + keyBytes + contentBytes);
            items.add(
                    HexFormat.of()
                            .formatHex(
                                    block.array(),
                                    block.arrayOffset() + start,
                                    block.arrayOffset() + block.position()));
        }
    }
}
