package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What a log holds, as a list. */
record LogModel(long first, List<Entry> entries) {
    record Entry(long term, int type, ByteBuffer payload) {}

    static final LogModel EMPTY = new LogModel(1, List.of());

    LogModel {
        entries = List.copyOf(entries);
    }

    long next() {
        return first + entries.size();
    }

    LogModel with(List<Entry> more) {
        List<Entry> all = new ArrayList<>(entries);
        all.addAll(more);
        return new LogModel(first, all);
    }

    LogModel truncatedPrefix(long firstKept) {
        if (firstKept <= first) {
            return this;
        }
        return firstKept >= next()
                ? new LogModel(firstKept, List.of())
                : new LogModel(
                        firstKept, entries.subList((int) (firstKept - first), entries.size()));
    }

    LogModel truncatedSuffix(long lastKept) {
        return lastKept + 1 >= next()
                ? this
                : new LogModel(first, entries.subList(0, (int) (lastKept + 1 - first)));
    }

    @Override
    public String toString() {
        return first + ".." + (next() - 1) + " " + entries.stream().map(Entry::term).toList();
    }

    /** Reads every entry. */
    static LogModel of(SegmentLog log) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (long index = log.firstIndex(); index <= log.lastIndex(); index++) {
            StoredEntry stored = log.read(index).orElseThrow();
            entries.add(new Entry(stored.term(), stored.type(), stored.payload()));
        }
        return new LogModel(log.firstIndex(), entries);
    }
}
