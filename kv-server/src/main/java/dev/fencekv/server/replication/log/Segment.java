package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * One file of the log, of fixed size, and which entries it holds.
 *
 * <pre>
 *  0       8        12     16         24     32      36
 *  | magic | format | size | sequence | salt | crc32c | zeros … 4096 | records
 * </pre>
 *
 * The header is on disk before the file has its name, and is never written again while it has it.
 * So a file named as a segment without a good header is damaged, whatever else is in it. The salt
 * is drawn for each use of the file, so nobody can have foreseen it in bytes that he had us store.
 *
 * <p>The range of entries is guarded by the {@link LiveEntries} that the segment belongs to.
 */
final class Segment {
    /** A block of its own: what is written later never touches it. */
    static final int FIRST_RECORD = 4096;

    private static final String SUFFIX = ".segment";
    private static final long MAGIC = 0x46454e43454c4f47L; // "FENCELOG"
    private static final int FORMAT = 1;
    private static final int HEADER_BYTES = 36;
    private static final int CRC_AT = 32;

    private final String name;
    private final String path;
    private final Disk.File file;
    private final long sequence;
    private final long salt;
    private final int size;

    /**
     * Entry {@code firstIndex + i} lies between {@code positions[i]} and {@code positions[i + 1]},
     * for {@code count} entries.
     */
    private long firstIndex;

    private int[] positions = new int[256];
    private int count;

    private Segment(String name, String path, Disk.File file, long sequence, long salt, int size) {
        this.name = name;
        this.path = path;
        this.file = file;
        this.sequence = sequence;
        this.salt = salt;
        this.size = size;
    }

    // --- the file ------------------------------------------------------------------------------

    static String name(long sequence) {
        return "%016x".formatted(sequence) + SUFFIX;
    }

    static boolean isSegment(String name) {
        return name.matches("[0-9a-f]{16}\\" + SUFFIX);
    }

    static long sequence(String name) {
        return Long.parseUnsignedLong(name.substring(0, 16), 16);
    }

    /** Of a file that is about to be named as a segment; not synced yet. */
    static void writeHeader(Disk.File file, long sequence, long salt, int size) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(MAGIC).putInt(FORMAT).putInt(size).putLong(sequence).putLong(salt);
        header.putInt(headerChecksum(header)).flip();
        for (int at = 0; header.hasRemaining(); ) {
            at += file.write(header, at);
        }
    }

    /** Reads the header only. Throws {@link LogCorruptedException} if it is not what we wrote. */
    static Segment open(Disk disk, String name) throws IOException {
        String path = disk.path(name);
        Disk.File file = disk.open(name);
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            while (header.hasRemaining() && file.read(header, header.position()) > 0) {}
            if (header.hasRemaining()
                    || header.getLong(0) != MAGIC
                    || header.getInt(CRC_AT) != headerChecksum(header)
                    || header.getLong(16) != sequence(name)) {
                throw new LogCorruptedException(path + " is corrupt: its header is damaged");
            }
            if (header.getInt(8) != FORMAT) {
                throw new IOException(
                        path
                                + " has format "
                                + header.getInt(8)
                                + " but this release reads only "
                                + FORMAT
                                + "; install the newer release");
            }
            int size = header.getInt(12);
            if (file.size() != size) {
                throw new LogCorruptedException(
                        path + " is corrupt: it has " + file.size() + " bytes instead of " + size);
            }
            return new Segment(name, path, file, sequence(name), header.getLong(24), size);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static int headerChecksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, CRC_AT);
        return (int) crc.getValue();
    }

    String name() {
        return name;
    }

    String path() {
        return path;
    }

    long sequence() {
        return sequence;
    }

    long salt() {
        return salt;
    }

    int size() {
        return size;
    }

    /** Writes all of {@code bytes}; their number. */
    int write(ByteBuffer bytes, int position) throws IOException {
        int length = bytes.remaining();
        try {
            int written = 0;
            while (bytes.hasRemaining()) {
                written += file.write(bytes, position + written);
            }
            return length;
        } catch (IOException e) {
            throw new IOException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }

    void sync() throws IOException {
        try {
            file.sync();
        } catch (IOException e) {
            throw new IOException("cannot sync " + path + ": " + e.getMessage(), e);
        }
    }

    /** Fills {@code into} as far as the file goes. */
    void read(ByteBuffer into, int position) throws IOException {
        try {
            int at = position;
            while (into.hasRemaining()) {
                int bytes = file.read(into, at);
                if (bytes < 0) {
                    return;
                }
                at += bytes;
            }
        } catch (IOException e) {
            throw new IOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /** The entry that lies at {@code position} and ends at {@code limit} or before. */
    StoredEntry readEntry(long index, int position, int limit) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(limit - position);
        read(bytes, position);
        if (!RecordFormat.isRecord(bytes, 0, bytes.position(), salt, new CRC32C())
                || RecordFormat.kind(bytes, 0) != RecordFormat.ENTRY
                || RecordFormat.first(bytes, 0) != index) {
            throw LogCorruptedException.at(this, position, "entry " + index + " is damaged");
        }
        return new StoredEntry(
                index,
                RecordFormat.second(bytes, 0),
                RecordFormat.type(bytes, 0),
                RecordFormat.payload(bytes, 0));
    }

    void close() throws IOException {
        file.close();
    }

    // --- the range of entries ------------------------------------------------------------------

    /** Holds nothing; what is added next is {@code index}. */
    void emptyAt(long index) {
        count = 0;
        firstIndex = index;
    }

    void add(int position, int end) {
        if (count + 1 == positions.length) {
            positions = Arrays.copyOf(positions, 2 * positions.length);
        }
        positions[count++] = position;
        positions[count] = end;
    }

    long firstIndex() {
        return firstIndex;
    }

    /** One past the last entry. */
    long nextIndex() {
        return firstIndex + count;
    }

    /** Forgets the entries from {@code index} on, which is no more than the log's next one. */
    void cutAt(long index) {
        if (index <= firstIndex) {
            emptyAt(index);
        } else if (index < nextIndex()) {
            count = (int) (index - firstIndex);
        }
    }

    boolean holds(long index) {
        return index >= firstIndex && index < nextIndex();
    }

    int position(long index) {
        return positions[(int) (index - firstIndex)];
    }

    /** The entry's record ends here or before. */
    int limit(long index) {
        return position(index + 1);
    }
}
