package dev.fencekv.server.replication.log;

import dev.fencekv.server.faults.FaultFile;
import dev.fencekv.server.faults.Faults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For tests on real processes only: a disk that fails as the system property {@value #PROPERTY}
 * says. One or more of these, separated by commas:
 *
 * <pre>
 *  sync-error-after=N     the syncs of the log's files after the first N fail
 *  write-error-after=N    so do writes
 *  full-after=BYTES       no more than this is written, then the disk is full
 *  slow-sync-ms=MS        each sync takes so much longer
 *  short-writes           each write takes only a part of what there is
 * </pre>
 *
 * Counted from the start of the process. And as a {@link FaultFile} says, at any time. Safe from
 * any thread.
 */
public final class FaultyDisk implements Disk {
    public static final String PROPERTY = "fencekv.test.disk";

    private static final Logger LOG = LoggerFactory.getLogger(FaultyDisk.class);

    private final Disk disk;
    private final Supplier<Faults.Disk> atAnyTime;
    private final AtomicLong syncsLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong writesLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong bytesLeft = new AtomicLong(Long.MAX_VALUE);
    private long syncDelayMs;
    private boolean shortWrites;

    FaultyDisk(Disk disk, String faults) {
        this(disk, faults, () -> Faults.NONE.disk());
    }

    private FaultyDisk(Disk disk, String faults, Supplier<Faults.Disk> atAnyTime) {
        this.disk = disk;
        this.atAnyTime = atAnyTime;
        for (String fault : faults.isEmpty() ? new String[0] : faults.split(",")) {
            String[] parts = fault.split("=", 2);
            long value = parts.length == 2 ? Long.parseLong(parts[1]) : 0;
            switch (parts[0]) {
                case "sync-error-after" -> syncsLeft.set(value);
                case "write-error-after" -> writesLeft.set(value);
                case "full-after" -> bytesLeft.set(value);
                case "slow-sync-ms" -> syncDelayMs = value;
                case "short-writes" -> shortWrites = true;
                default -> throw new IllegalArgumentException(PROPERTY + ": no fault " + fault);
            }
        }
    }

    /** The disk itself, unless somebody wants it to fail. */
    public static Disk unlessSound(Disk disk) {
        String faults = System.getProperty(PROPERTY, "");
        Optional<FaultFile> file = FaultFile.ofProperty();
        if (faults.isEmpty() && file.isEmpty()) {
            return disk;
        }
        LOG.warn("THIS IS A TEST: the disk will fail, {}={}", PROPERTY, faults);
        return new FaultyDisk(
                disk, faults, () -> file.map(FaultFile::now).orElse(Faults.NONE).disk());
    }

    @Override
    public List<String> names() throws IOException {
        return disk.names();
    }

    @Override
    public File create(String name) throws IOException {
        return new FaultyFile(disk.create(name));
    }

    @Override
    public File open(String name) throws IOException {
        return new FaultyFile(disk.open(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        disk.delete(name);
    }

    @Override
    public void sync() throws IOException {
        disk.sync();
    }

    @Override
    public String path(String name) {
        return disk.path(name);
    }

    private final class FaultyFile implements File {
        private final File file;

        FaultyFile(File file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return file.read(into, position);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            if (writesLeft.getAndDecrement() <= 0) {
                throw new IOException("Input/output error (injected)");
            }
            int bytes = shortWrites ? (from.remaining() + 1) / 2 : from.remaining();
            if (bytesLeft.get() < bytes) {
                throw new IOException("No space left on device (injected)");
            }
            int limit = from.limit();
            from.limit(from.position() + bytes);
            try {
                int written = file.write(from, position);
                bytesLeft.addAndGet(-written);
                return written;
            } finally {
                from.limit(limit);
            }
        }

        @Override
        public void sync() throws IOException {
            Faults.Disk now = atAnyTime.get();
            if (syncsLeft.getAndDecrement() <= 0 || now.syncFails()) {
                throw new IOException("Input/output error (injected)");
            }
            LockSupport.parkNanos((syncDelayMs + now.syncDelayMs()) * 1_000_000);
            file.sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
