package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * When keys end by time. A table of its own beside the records: most keys have no TTL, and a put
 * that meets none pays one look at whether there is any.
 *
 * <p>Invariant: every key in here has a record.
 */
final class Expiries {
    /** When one key ends. Never changes: another deadline is another entry. */
    static final class Entry extends Item {
        final Key key;

        /** In lease time, milliseconds. */
        final long deadlineMs;

        Entry(Key key, long deadlineMs) {
            this.key = key;
            this.deadlineMs = deadlineMs;
        }

        @Override
        ItemKind kind() {
            return ItemKind.EXPIRY;
        }

        @Override
        void encodeKey(BytesOut out) {
            CommandCodec.putKey(key, out);
        }

        @Override
        void encodeContent(BytesOut out) {
            out.putLong(deadlineMs);
        }
    }

    private final Counters counters;
    private final Ledger ledger;

    /** Never iterated: its order is not the same everywhere. */
    private final Map<Key, Entry> byKey = new HashMap<>();

    /** The same, earliest deadline first. */
    private final TreeSet<Entry> byDeadline =
            new TreeSet<>(
                    Comparator.<Entry>comparingLong(entry -> entry.deadlineMs)
                            .thenComparing(entry -> entry.key));

    Expiries(Counters counters, Ledger ledger) {
        this.counters = counters;
        this.ledger = ledger;
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    int count() {
        return byKey.size();
    }

    boolean has(Key key) {
        return !byKey.isEmpty() && byKey.containsKey(key);
    }

    /**
     * Lets a key end {@code ttlMs} from now, or not by time if that is {@link Operation#NEVER}.
     *
     * <p>One tick's cap is added, as for sessions: the tick under way began before this command was
     * sent, and its time must not be taken off the TTL.
     */
    void set(Key key, long ttlMs) {
        clear(key);
        if (ttlMs != Operation.NEVER) {
            add(new Entry(key, counters.leaseTimeMs + ttlMs + Limits.TICK_ELAPSED_MS_MAX));
        }
    }

    private void add(Entry entry) {
        Check.invariant(byKey.put(entry.key, entry) == null, "a key ends once");
        byDeadline.add(entry);
        ledger.added(entry);
    }

    /** The key does not end by time any more, or is no more. */
    void clear(Key key) {
        Entry entry = byKey.remove(key);
        if (entry != null) {
            byDeadline.remove(entry);
            ledger.removed(entry);
        }
    }

    /** The key that ends first, if its time has come. */
    @Nullable Key firstDue() {
        if (byDeadline.isEmpty()) {
            return null;
        }
        Entry first = byDeadline.first();
        return first.deadlineMs <= counters.leaseTimeMs ? first.key : null;
    }

    /**
     * How long the key lives on at least; {@link Operation#NEVER} if it does not end by time. Of
     * one that may end at any moment it is 1.
     */
    long remainingMs(Key key) {
        Entry entry = byKey.get(key);
        return entry == null
                ? Operation.NEVER
                : Math.max(1, entry.deadlineMs - Limits.TICK_ELAPSED_MS_MAX - counters.leaseTimeMs);
    }

    /** In the order of deadlines, which entries keep for as long as they are in here. */
    @Nullable Item next(@Nullable Item after) {
        if (after != null) {
            return byDeadline.higher((Entry) after);
        }
        return byDeadline.isEmpty() ? null : byDeadline.first();
    }

    void restore(BytesIn key, BytesIn content) {
        add(new Entry(CommandCodec.getKey(key), content.getLong()));
    }
}
