package dev.fencekv.server.state;

import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The guards over what a transaction may write, in whichever branch: it is fenced as a whole before
 * it is known which branch it takes, so that a zombie learns that it is one whatever the values
 * are. Each guard counts once, however many keys lie under it.
 *
 * <p>A guard whose lock the branch itself acquires has nothing to ask of that branch: either the
 * lock is granted, and all is written under its live grant, or nothing is written.
 */
final class TransactionGuards {
    private final Guards guards;

    /** What writes, of both branches. */
    private final List<Operation> writes = new ArrayList<>();

    /** By prefix, with the first key under each that the transaction may write. */
    private final TreeMap<Key, GuardEntry> asking = new TreeMap<>();

    private final TreeMap<Key, Key> firstUnder = new TreeMap<>();

    /** The first key that the transaction may write; null if there is none. */
    private @Nullable Key first;

    private TransactionGuards(Guards guards) {
        this.guards = guards;
    }

    static TransactionGuards over(Transaction transaction, Guards guards) {
        TransactionGuards over = new TransactionGuards(guards);
        over.add(transaction.then());
        over.add(transaction.orElse());
        return over;
    }

    private void add(List<Operation> branch) {
        Set<LockName> acquired = acquiredBy(branch);
        for (Operation operation : branch) {
            if (operation.writes()) {
                writes.add(operation);
            }
            if (operation instanceof Operation.DeleteRange delete) {
                add(delete.range(), acquired);
            } else if (operation.writes()) {
                add(operation.subject().orElseThrow(), acquired);
            }
        }
    }

    /** Only asked whether it contains a lock. */
    private static Set<LockName> acquiredBy(List<Operation> branch) {
        Set<LockName> acquired = new HashSet<>();
        for (Operation operation : branch) {
            if (operation instanceof Operation.Acquire acquire) {
                acquired.add(acquire.lock());
            }
        }
        return acquired;
    }

    private void add(Key key, Set<LockName> acquired) {
        if (first == null) {
            first = key;
        }
        for (GuardEntry entry = guards.innermost(key); entry != null; entry = entry.outer) {
            add(entry, key, acquired);
        }
    }

    /** Whatever lies in it now: a guard is about all keys that could. */
    private void add(KeyRange range, Set<LockName> acquired) {
        if (range.isEmpty()) {
            return;
        }
        if (first == null) {
            first = range.from().orElse(null);
        }
        for (GuardEntry entry : guards.intersecting(range)) {
            Key prefix = entry.guard.prefix();
            Key from = range.from().orElse(prefix);
            add(entry, prefix.compareTo(from) > 0 ? prefix : from, acquired);
        }
    }

    private void add(GuardEntry entry, Key key, Set<LockName> acquired) {
        if (!acquired.contains(entry.guard.lock())) {
            asking.put(entry.guard.prefix(), entry);
            firstUnder.putIfAbsent(entry.guard.prefix(), key);
        }
    }

    /** Those that have something to ask, in order of prefix. */
    List<GuardEntry> list() {
        return new ArrayList<>(asking.values());
    }

    /** Whether all that may be written is under enforcing guards of {@code lock}. */
    boolean coverAll(LockName lock) {
        return firstOutside(lock) == null;
    }

    private @Nullable Operation firstOutside(LockName lock) {
        for (Operation write : writes) {
            if (!isUnderGuardOf(lock, write)) {
                return write;
            }
        }
        return null;
    }

    /** A range is, if all keys that could lie in it are under one guard. */
    private boolean isUnderGuardOf(LockName lock, Operation write) {
        if (write instanceof Operation.DeleteRange delete) {
            KeyRange range = delete.range();
            for (GuardEntry entry : guards.intersecting(range)) {
                if (enforces(entry, lock)
                        && KeyRange.prefix(entry.guard.prefix()).containsAll(range)) {
                    return true;
                }
            }
            return range.isEmpty();
        }
        GuardEntry entry = guards.innermost(write.subject().orElseThrow());
        while (entry != null && !enforces(entry, lock)) {
            entry = entry.outer;
        }
        return entry != null;
    }

    private static boolean enforces(GuardEntry entry, LockName lock) {
        return entry.guard.mode() == GuardMode.ENFORCE && entry.guard.lock().equals(lock);
    }

    /**
     * Which key a violation is about: the first under a guard of its lock, else the first. If
     * guards of the lock are content with less than a live grant they have not refused the token:
     * then the first key that is under a strict one, or under none.
     */
    Optional<Key> keyOf(FenceViolation violation) {
        LockName lock = violation.lock();
        boolean required = violation.reason() == FenceReason.FENCE_REQUIRED;
        Key under = null;
        boolean content = false;
        for (GuardEntry entry : asking.values()) {
            if (entry.guard.lock().equals(lock)) {
                Key key = firstUnder.get(entry.guard.prefix());
                boolean enforces = enforces(entry, lock);
                if (required || enforces && entry.guard.rule() == GuardRule.STRICT) {
                    return Optional.of(key);
                }
                under = under == null ? key : under;
                content |= enforces;
            }
        }
        Operation outside = content ? firstOutside(lock) : null;
        return outside == null
                ? Optional.ofNullable(under == null ? first : under)
                : firstKeyOf(outside);
    }

    private static Optional<Key> firstKeyOf(Operation write) {
        return write instanceof Operation.DeleteRange delete
                ? delete.range().from()
                : write.subject();
    }
}
