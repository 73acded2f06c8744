package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesOut;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes the steps of a walk as a snapshot. Owned by the thread that walks; does not close its
 * stream.
 */
public final class SnapshotWriter {
    private final DataOutputStream out;

    /** {@code stream} should be buffered. Writes the header. */
    public SnapshotWriter(OutputStream stream) throws IOException {
        out = SnapshotFile.writing(stream);
        SnapshotFile.begin(out);
    }

    /** Writes what one step has appended to {@code bytes}, and clears it. */
    public void write(BytesOut bytes) throws IOException {
        SnapshotFile.block(out, bytes);
        bytes.clear();
    }

    /** Without it the snapshot is not complete. {@code digest}: the walk's. */
    public void finish(long digest) throws IOException {
        SnapshotFile.end(out, digest);
    }
}
