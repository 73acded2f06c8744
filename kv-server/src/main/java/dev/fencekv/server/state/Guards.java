package dev.fencekv.server.state;

import dev.fencekv.kv.Guard;
import dev.fencekv.kv.Key;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.CommandCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The guards by prefix, and which of them cover a key. */
final class Guards {
    private final Ledger ledger;
    private final TreeMap<Key, GuardEntry> byPrefix = new TreeMap<>();

    Guards(Ledger ledger) {
        this.ledger = ledger;
    }

    boolean isEmpty() {
        return byPrefix.isEmpty();
    }

    int count() {
        return byPrefix.size();
    }

    @Nullable GuardEntry find(Key prefix) {
        return byPrefix.get(prefix);
    }

    void add(GuardEntry entry) {
        byPrefix.put(entry.guard.prefix(), entry);
        ledger.added(entry);
    }

    void remove(GuardEntry entry) {
        byPrefix.remove(entry.guard.prefix());
        ledger.removed(entry);
    }

    void countViolation(GuardEntry entry) {
        ledger.changing(entry);
        entry.violations++;
        ledger.changed(entry);
    }

    /**
     * The guards whose prefix {@code key} starts with, longest first.
     *
     * <p>Walks the ordered map: the greatest prefix that is not above the key either covers it, or
     * shares with it some leading bytes within which all other covering prefixes lie.
     */
    List<GuardEntry> covering(Key key) {
        List<GuardEntry> covering = new ArrayList<>(4);
        Map.Entry<Key, GuardEntry> candidate = byPrefix.floorEntry(key);
        while (candidate != null) {
            Key prefix = candidate.getKey();
            int shared = prefix.commonPrefixLength(key);
            if (shared == prefix.length()) {
                covering.add(candidate.getValue());
                candidate = byPrefix.lowerEntry(prefix);
            } else if (shared == 0) {
                return covering;
            } else {
                candidate = byPrefix.floorEntry(key.prefix(shared));
            }
        }
        return covering;
    }

    /** The most guards that would lie over one key once {@code prefix} had one. */
    int deepestWith(Key prefix) {
        int above = coveringOtherThan(prefix, prefix) + 1;
        int deepest = above;
        for (Key other : byPrefix.tailMap(prefix, false).keySet()) {
            if (!other.startsWith(prefix)) {
                break;
            }
            deepest = Math.max(deepest, coveringOtherThan(other, prefix) + 1);
        }
        return deepest;
    }

    private int coveringOtherThan(Key key, Key excluded) {
        int count = 0;
        for (GuardEntry entry : covering(key)) {
            if (!entry.guard.prefix().equals(excluded)) {
                count++;
            }
        }
        return count;
    }

    @Nullable GuardEntry next(@Nullable Key after) {
        Map.Entry<Key, GuardEntry> next =
                after == null ? byPrefix.firstEntry() : byPrefix.higherEntry(after);
        return next == null ? null : next.getValue();
    }

    Guard restore(BytesIn content) {
        Guard guard = CommandCodec.decodeGuard(content);
        GuardEntry entry = new GuardEntry(guard, content.getLong());
        entry.violations = content.getLong();
        add(entry);
        return guard;
    }
}
