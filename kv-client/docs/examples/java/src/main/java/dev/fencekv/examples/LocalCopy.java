package dev.fencekv.examples;

import dev.fencekv.client.CompactedException;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.RangeResult;
import dev.fencekv.client.RangeScan;
import dev.fencekv.client.Watch;
import dev.fencekv.client.WatchBatch;
import dev.fencekv.client.WatchListener;
import dev.fencekv.client.WatchOptions;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RecordEvent;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A copy of all keys with a prefix, for reads that must not go over the network, such as
 * configuration: read once, all as of one revision, then kept up to date by a watch from the
 * revision behind that one. So nothing is missed in between, and nothing seen twice. It lags behind
 * the store, by little; it never goes back. Safe from any thread.
 */
public final class LocalCopy implements AutoCloseable {
    private final KvClient client;
    private final String prefix;

    /** Guarded by this, as are the fields below. */
    private Map<String, String> values = new TreeMap<>();

    private long revision;
    private boolean closed;
    private Watch watch;

    public LocalCopy(KvClient client, String prefix) {
        this.client = client;
        this.prefix = prefix;
        this.watch = begin();
    }

    public static void main(String[] endpoints) throws InterruptedException {
        try (KvClient client = FenceKv.connect(endpoints);
                LocalCopy settings = new LocalCopy(client, "settings/")) {
            settings.awaitRevision(client.put("settings/color", "blue").revision());
            System.out.println("the color is " + settings.get("settings/color").orElse("none"));
        }
    }

    private Watch begin() {
        Map<String, String> read = new TreeMap<>();
        RangeScan scan = client.scan(RangeQuery.prefix(prefix));
        long asOf = 0;
        while (!scan.isDone()) {
            RangeResult page = scan.nextAsync().join();
            for (RangeRow row : page.rows()) {
                read.put(row.key().toString(), row.record().orElseThrow().value().toUtf8());
            }
            asOf = page.revision();
        }
        replaceAll(read, asOf);
        return client.watch(WatchOptions.prefix(prefix).from(asOf + 1), new Follower());
    }

    private synchronized void replaceAll(Map<String, String> read, long asOf) {
        values = read;
        reached(asOf);
    }

    /** Called by the watch, one call at a time; goes on by itself when a node is lost. */
    private final class Follower implements WatchListener<RecordEvent> {
        @Override
        public void onEvents(WatchBatch<RecordEvent> batch) {
            apply(batch);
        }

        @Override
        public void onProgress(long revision, HybridTimestamp stamp) {
            reached(revision);
        }

        @Override
        public void onEnd(FenceKvException reason) {
            if (reason instanceof CompactedException) {
                beginAnew(); // It was away for too long: nobody knows any more what it has missed.
            }
        }
    }

    /** A batch holds whole revisions: a transaction is seen as one, or not yet. */
    private synchronized void apply(WatchBatch<RecordEvent> batch) {
        for (RecordEvent event : batch.events()) {
            if (event.type() == EventType.DELETE) {
                values.remove(event.key().toString());
            } else {
                values.put(event.key().toString(), event.record().orElseThrow().value().toUtf8());
            }
        }
        reached(batch.revision());
    }

    private synchronized void reached(long upTo) {
        revision = Math.max(revision, upTo);
        notifyAll();
    }

    /** Until that is done the copy shows what it has. */
    private void beginAnew() {
        Watch begun = begin();
        synchronized (this) {
            watch = begun;
            if (!closed) {
                return;
            }
        }
        begun.close();
    }

    /** The value of a key, as it was a moment ago. */
    public synchronized Optional<String> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** How many keys there are. */
    public synchronized int size() {
        return values.size();
    }

    /** Waits until it shows what was written at a revision: one's own write, for instance. */
    public synchronized void awaitRevision(long wanted) throws InterruptedException {
        while (revision < wanted) {
            wait();
        }
    }

    @Override
    public void close() {
        Watch ending;
        synchronized (this) {
            closed = true;
            ending = watch;
        }
        ending.close();
    }
}
