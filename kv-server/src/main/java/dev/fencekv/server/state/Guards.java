package dev.fencekv.server.state;

import dev.fencekv.kv.Guard;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.CommandCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guards by prefix, and which of them cover a key. An ordered array, since guards change rarely
 * and are looked up with every write: a look-up makes no garbage.
 */
final class Guards {
    private final Ledger ledger;

    /** In order of prefix, each linked to the one around it. */
    private final List<GuardEntry> inOrder = new ArrayList<>();

    Guards(Ledger ledger) {
        this.ledger = ledger;
    }

    boolean isEmpty() {
        return inOrder.isEmpty();
    }

    int count() {
        return inOrder.size();
    }

    @Nullable GuardEntry find(Key prefix) {
        int below = countBelow(prefix);
        if (below == inOrder.size()) {
            return null;
        }
        GuardEntry entry = inOrder.get(below);
        return entry.guard.prefix().equals(prefix) ? entry : null;
    }

    void add(GuardEntry entry) {
        inOrder.add(countBelow(entry.guard.prefix()), entry);
        link();
        ledger.added(entry);
    }

    void remove(GuardEntry entry) {
        inOrder.remove(entry);
        link();
        ledger.removed(entry);
    }

    void countViolation(GuardEntry entry) {
        ledger.changing(entry);
        entry.violations++;
        ledger.changed(entry);
    }

    /** How many prefixes are below {@code key}, in order. */
    private int countBelow(Key key) {
        int low = 0;
        int high = inOrder.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (inOrder.get(middle).guard.prefix().compareTo(key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void link() {
        GuardEntry before = null;
        for (GuardEntry entry : inOrder) {
            entry.outer = firstOver(entry.guard.prefix(), before);
            before = entry;
        }
    }

    /**
     * The guard with the longest prefix that {@code key} starts with, or null; {@link
     * GuardEntry#outer} leads to all others that cover the key.
     *
     * <p>It is the greatest prefix p that is not above the key, or around that one: whatever covers
     * the key is not above p, and all that lies between a prefix of the key and the key starts with
     * that prefix, so p does.
     */
    @Nullable GuardEntry innermost(Key key) {
        int below = countBelow(key);
        if (below < inOrder.size() && inOrder.get(below).guard.prefix().equals(key)) {
            return inOrder.get(below);
        }
        return below == 0 ? null : firstOver(key, inOrder.get(below - 1));
    }

    /** Those whose prefix some key of the range can have. */
    List<GuardEntry> intersecting(KeyRange range) {
        List<GuardEntry> found = new ArrayList<>();
        for (GuardEntry entry : inOrder) {
            if (KeyRange.prefix(entry.guard.prefix()).intersects(range)) {
                found.add(entry);
            }
        }
        return found;
    }

    /** {@code entry}, or the nearest around it, whose prefix {@code key} starts with. */
    private static @Nullable GuardEntry firstOver(Key key, @Nullable GuardEntry entry) {
        GuardEntry candidate = entry;
        while (candidate != null && !key.startsWith(candidate.guard.prefix())) {
            candidate = candidate.outer;
        }
        return candidate;
    }

    /** The most guards that would lie over one key once {@code prefix} had one. */
    int deepestWith(Key prefix) {
        int deepest = othersThan(prefix, innermost(prefix)) + 1;
        for (int i = countBelow(prefix); i < inOrder.size(); i++) {
            GuardEntry entry = inOrder.get(i);
            if (!entry.guard.prefix().startsWith(prefix)) {
                break;
            }
            deepest = Math.max(deepest, othersThan(prefix, entry) + 1);
        }
        return deepest;
    }

    /** How many guards there are from {@code innermost} outwards, without that of a prefix. */
    private static int othersThan(Key excluded, @Nullable GuardEntry innermost) {
        int count = 0;
        for (GuardEntry entry = innermost; entry != null; entry = entry.outer) {
            if (!entry.guard.prefix().equals(excluded)) {
                count++;
            }
        }
        return count;
    }

    /** The first with a prefix above {@code after}; null for from the first. */
    @Nullable GuardEntry next(@Nullable Key after) {
        int index = 0;
        if (after != null) {
            index = countBelow(after);
            if (index < inOrder.size() && inOrder.get(index).guard.prefix().equals(after)) {
                index++;
            }
        }
        return index < inOrder.size() ? inOrder.get(index) : null;
    }

    Guard restore(BytesIn content) {
        Guard guard = CommandCodec.decodeGuard(content);
        GuardEntry entry = new GuardEntry(guard, content.getLong());
        entry.violations = content.getLong();
        add(entry);
        return guard;
    }
}
