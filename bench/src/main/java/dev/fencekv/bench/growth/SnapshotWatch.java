package dev.fencekv.bench.growth;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sees from outside how long a node writes at each snapshot: for that long there is a {@code temp}
 * beside the finished ones. Good to some milliseconds.
 */
final class SnapshotWatch implements AutoCloseable {
    private static final long LOOK_NANOS = 1_000_000;

    private final Path unfinished;
    private final List<Double> seconds = new CopyOnWriteArrayList<>();
    private final Thread watcher = new Thread(this::watch, "snapshot-watch");
    private volatile boolean over;

    /** Of the node with this data directory. */
    SnapshotWatch(Path data) {
        this.unfinished = data.resolve("snapshot").resolve("temp");
        watcher.setDaemon(true);
        watcher.start();
    }

    private void watch() {
        long began = 0;
        // One that was under way at first is not counted: its beginning was not seen.
        boolean before = Files.exists(unfinished);
        while (!over) {
            boolean now = Files.exists(unfinished);
            if (now && !before) {
                began = System.nanoTime();
            } else if (!now && before && began != 0) {
                seconds.add((System.nanoTime() - began) / 1e9);
            }
            before = now;
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /**
     * Waits until one has been seen whole, a minute at most; returns the seconds that each took.
     */
    List<Double> finish() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (seconds.isEmpty() && System.nanoTime() - deadline < 0) {
            Thread.sleep(10);
        }
        over = true;
        watcher.join();
        return seconds;
    }

    @Override
    public void close() {
        over = true;
    }
}
