package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CorruptBytesException;
import dev.fencekv.server.command.NewerFormatException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The bytes of a snapshot:
 *
 * <pre>
 *  magic (8) | format (4) | block ... | end
 *  block = length (4, above 0) | crc32c of the bytes (4) | items: kind (1) key length (2)
 *          content length (4) key content
 *  end   = 0 (4) | crc32c of the digest (4) | digest (8)
 * </pre>
 *
 * Big-endian. A file that ends before its end, or whose checksums do not match, is refused as a
 * whole. Stateless.
 */
final class SnapshotFile {
    private static final long MAGIC = 0x46454e43454b5653L; // FENCEKVS
    private static final int FORMAT = 1;

    /** No step of a walk writes more than a few of the largest records. */
    private static final int BLOCK_BYTES_MAX = 1 << 30;

    private SnapshotFile() {}

    static void begin(DataOutputStream out) throws IOException {
        out.writeLong(MAGIC);
        out.writeInt(FORMAT);
    }

    static void block(DataOutputStream out, BytesOut bytes) throws IOException {
        if (bytes.length() == 0) {
            return;
        }
        Check.invariant(bytes.length() <= BLOCK_BYTES_MAX, "a block can be read back");
        out.writeInt(bytes.length());
        out.writeInt(checksum(bytes.array(), bytes.length()));
        out.write(bytes.array(), 0, bytes.length());
    }

    static void end(DataOutputStream out, long digest) throws IOException {
        byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(digest).array();
        out.writeInt(0);
        out.writeInt(checksum(bytes, bytes.length));
        out.write(bytes);
        out.flush();
    }

    /** Hands each block's bytes to {@code blocks} and returns the digest. */
    static long read(InputStream stream, Consumer<ByteBuffer> blocks) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        if (in.readLong() != MAGIC) {
            throw new CorruptBytesException("not a snapshot of FenceKV");
        }
        int format = in.readInt();
        if (format != FORMAT) {
            throw new NewerFormatException(
                    "the snapshot has format "
                            + format
                            + " but this release reads only "
                            + FORMAT
                            + "; install the newer release");
        }
        for (int length = in.readInt(); length != 0; length = in.readInt()) {
            blocks.accept(ByteBuffer.wrap(checked(in, length)));
        }
        return ByteBuffer.wrap(checked(in, Long.BYTES)).getLong();
    }

    private static byte[] checked(DataInputStream in, int length) throws IOException {
        if (length < 0 || length > BLOCK_BYTES_MAX) {
            throw new CorruptBytesException("a snapshot block claims " + length + " bytes");
        }
        int expected = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw new CorruptBytesException("the snapshot is cut off");
        }
        if (checksum(bytes, length) != expected) {
            throw new CorruptBytesException("a block of the snapshot has a wrong checksum");
        }
        return bytes;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    static DataOutputStream writing(OutputStream stream) {
        return new DataOutputStream(stream);
    }
}
