package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Operations on many keys that are done all or not at all, at one revision: {@code then} if every
 * comparison holds, else {@code orElse}. Immutable.
 *
 * <p>Within a branch each key, and each lock, is named by one operation at most: so operations of a
 * branch neither see nor disturb each other, and their order means nothing but the order of their
 * results. A range names all keys in it.
 *
 * @param comparisons none: always {@code then}
 * @param then may be empty
 * @param orElse may be empty
 */
public record Transaction(
        List<Comparison> comparisons, List<Operation> then, List<Operation> orElse) {

    /**
     * Throws IllegalArgumentException for one that is empty, has more than {@link
     * Limits#TRANSACTION_PARTS_MAX} comparisons and operations together, or names a key or a lock
     * twice in a branch.
     */
    public Transaction {
        comparisons = List.copyOf(comparisons);
        then = List.copyOf(then);
        orElse = List.copyOf(orElse);
        Check.inRange(
                1,
                Limits.TRANSACTION_PARTS_MAX,
                (long) comparisons.size() + then.size() + orElse.size(),
                "comparisons and operations of a transaction");
        checkNamedOnce(then);
        checkNamedOnce(orElse);
    }

    private static void checkNamedOnce(List<Operation> branch) {
        Set<Key> keys = new HashSet<>();
        Set<LockName> locks = new HashSet<>();
        List<KeyRange> ranges = new ArrayList<>();
        for (Operation operation : branch) {
            Optional<Key> key = operation.subject();
            if (key.isPresent() && !keys.add(key.get())) {
                throw new IllegalArgumentException(
                        "two operations of a branch name the key " + key.get() + ": one may");
            }
            if (operation instanceof Operation.Acquire acquire && !locks.add(acquire.lock())) {
                throw new IllegalArgumentException(
                        "two operations of a branch name the lock " + acquire.lock() + ": one may");
            }
            if (operation instanceof Operation.DeleteRange delete) {
                checkApart(delete.range(), ranges);
                ranges.add(delete.range());
            }
        }
        for (KeyRange range : ranges) {
            checkApart(range, keys);
        }
    }

    private static void checkApart(KeyRange range, List<KeyRange> others) {
        for (KeyRange other : others) {
            if (range.intersects(other)) {
                throw new IllegalArgumentException(
                        "two operations of a branch name keys of " + range + ": one may");
            }
        }
    }

    private static void checkApart(KeyRange range, Set<Key> keys) {
        for (Key key : keys) {
            if (range.contains(key)) {
                throw new IllegalArgumentException(
                        "an operation of a branch names the key "
                                + key
                                + ", and another one a range that has it");
            }
        }
    }

    /** Whether it can only be done within a session, whatever branch it takes. */
    public boolean needsSession() {
        return needSession(then) || needSession(orElse);
    }

    private static boolean needSession(List<Operation> branch) {
        for (Operation operation : branch) {
            if (operation.needsSession()) {
                return true;
            }
        }
        return false;
    }
}
