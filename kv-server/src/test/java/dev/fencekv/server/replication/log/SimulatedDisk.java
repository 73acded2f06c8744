package dev.fencekv.server.replication.log;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A disk in memory whose power can be cut: bytes that were synced stay, of the others any sectors
 * stay; directory changes that were not synced stay up to any one of them, in order.
 */
final class SimulatedDisk implements Disk {
    static final int SECTOR = 512;

    /** The process ends here: nothing it does afterwards reaches the disk. */
    static final class Died extends IOException {
        Died() {
            super("the process has died");
        }
    }

    private interface Change {
        void make(Map<String, Bytes> names);
    }

    /** What is in a file, as the system sees it and as it is on disk. */
    private static final class Bytes {
        byte[] seen = new byte[0];
        byte[] onDisk = new byte[0];
        final BitSet unsynced = new BitSet();

        void sync() {
            onDisk = Arrays.copyOf(onDisk, seen.length);
            unsynced.stream().forEach(this::syncSector);
            unsynced.clear();
        }

        private void syncSector(int sector) {
            int from = sector * SECTOR;
            System.arraycopy(seen, from, onDisk, from, Math.min(SECTOR, seen.length - from));
        }

        void write(byte[] bytes, int position) {
            if (position + bytes.length > seen.length) {
                seen = Arrays.copyOf(seen, position + bytes.length);
            }
            System.arraycopy(bytes, 0, seen, position, bytes.length);
            unsynced.set(position / SECTOR, (position + bytes.length - 1) / SECTOR + 1);
        }

        void losePower(SplittableRandom random) {
            onDisk = Arrays.copyOf(onDisk, seen.length);
            // All, none or any: each is a likely case.
            int chance = random.nextInt(4);
            unsynced.stream()
                    .filter(sector -> chance == 0 || chance > 1 && random.nextBoolean())
                    .forEach(this::syncSector);
            unsynced.clear();
            seen = onDisk.clone();
        }
    }

    private final Map<String, Bytes> seen = new TreeMap<>();
    private final Map<String, Bytes> onDisk = new TreeMap<>();
    private final List<Change> unsynced = new ArrayList<>();
    private final SplittableRandom random;

    /** The process dies in the operation that makes it zero. */
    private long operationsLeft = Long.MAX_VALUE;

    private boolean dead;
    private boolean syncFails;

    /** Operations so far. */
    long operations;

    SimulatedDisk(SplittableRandom random) {
        this.random = random;
    }

    /** The process dies in its {@code operations}th operation from now. */
    void dieAfter(long count) {
        operationsLeft = count;
    }

    /** The next sync of a file fails, and the system forgets that there was something to sync. */
    void failNextSync() {
        syncFails = true;
    }

    /** What a new process finds after the old one was killed. */
    void restart() {
        dead = false;
        operationsLeft = Long.MAX_VALUE;
    }

    /** What a new process finds after the power was cut. */
    void losePower() {
        int kept = random.nextInt(unsynced.size() + 1);
        unsynced.subList(0, kept).forEach(change -> change.make(onDisk));
        unsynced.clear();
        seen.clear();
        seen.putAll(onDisk);
        for (Bytes bytes : seen.values()) {
            bytes.losePower(random);
        }
        restart();
    }

    // --- for tests that damage things
    // -------------------------------------------------------------

    byte[] bytes(String name) {
        return seen.get(name).seen;
    }

    void flip(String name, int position, int bit) {
        seen.get(name).seen[position] ^= (byte) (1 << bit);
    }

    void erase(String name, int position, int length) {
        Arrays.fill(seen.get(name).seen, position, position + length, (byte) 0);
    }

    void truncate(String name, int size) {
        Bytes bytes = seen.get(name);
        bytes.seen = Arrays.copyOf(bytes.seen, size);
    }

    void remove(String name) {
        seen.remove(name);
    }

    /** As it is now; the copy is damaged in place of the original. */
    SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(random.split());
        for (Map.Entry<String, Bytes> file : seen.entrySet()) {
            Bytes bytes = new Bytes();
            bytes.seen = file.getValue().seen.clone();
            bytes.onDisk = bytes.seen.clone();
            copy.seen.put(file.getKey(), bytes);
            copy.onDisk.put(file.getKey(), bytes);
        }
        return copy;
    }

    // --- the disk ------------------------------------------------------------------------------

    /** Whether the operation still happens. */
    private void operate() throws Died {
        operations++;
        if (dead) {
            throw new Died();
        }
        if (--operationsLeft == 0) {
            dead = true;
            throw new Died();
        }
    }

    private void change(Change change) throws Died {
        operate();
        change.make(seen);
        unsynced.add(change);
    }

    private Bytes existing(String name) throws IOException {
        Bytes bytes = seen.get(name);
        if (bytes == null) {
            throw new FileNotFoundException(name);
        }
        return bytes;
    }

    @Override
    public List<String> names() {
        return List.copyOf(seen.keySet());
    }

    @Override
    public File create(String name) throws IOException {
        if (seen.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        Bytes bytes = new Bytes();
        change(names -> names.put(name, bytes));
        return new SimulatedFile(bytes);
    }

    @Override
    public File open(String name) throws IOException {
        return new SimulatedFile(existing(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Bytes bytes = existing(from);
        change(
                names -> {
                    names.remove(from);
                    names.put(to, bytes);
                });
    }

    @Override
    public void delete(String name) throws IOException {
        existing(name);
        change(names -> names.remove(name));
    }

    @Override
    public void sync() throws IOException {
        operate();
        unsynced.forEach(change -> change.make(onDisk));
        unsynced.clear();
    }

    @Override
    public String path(String name) {
        return "disk/" + name;
    }

    private final class SimulatedFile implements File {
        private final Bytes bytes;
        private boolean closed;

        SimulatedFile(Bytes bytes) {
            this.bytes = bytes;
        }

        private void checkOpen() throws IOException {
            if (closed) {
                throw new IOException("the file is closed");
            }
        }

        @Override
        public long size() throws IOException {
            checkOpen();
            return bytes.seen.length;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            checkOpen();
            int count = Math.min(into.remaining(), bytes.seen.length - (int) position);
            if (count <= 0) {
                return -1;
            }
            into.put(bytes.seen, (int) position, count);
            return count;
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            checkOpen();
            byte[] written = new byte[Math.min(from.remaining(), 1 + random.nextInt(20_000))];
            from.get(written);
            try {
                operate();
            } catch (Died e) {
                int whole = random.nextInt(written.length + 1);
                if (whole > 0 && dead && operationsLeft == 0) {
                    operationsLeft = -1;
                    bytes.write(Arrays.copyOf(written, whole), (int) position);
                }
                throw e;
            }
            bytes.write(written, (int) position);
            return written.length;
        }

        @Override
        public void sync() throws IOException {
            checkOpen();
            operate();
            if (syncFails) {
                syncFails = false;
                bytes.unsynced.clear();
                throw new IOException("Input/output error");
            }
            bytes.sync();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
