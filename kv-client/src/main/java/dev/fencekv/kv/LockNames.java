package dev.fencekv.kv;

/**
 * Which locks: one of them, or all whose names start with a prefix.
 *
 * @param name of the lock, or the prefix
 * @param prefix whether it is one; the empty one is of all names
 */
public record LockNames(String name, boolean prefix) {
    /** Every lock. */
    public static final LockNames ALL = new LockNames("", true);

    public LockNames {
        Text.checkedName(name, prefix ? 0 : 1, Limits.LOCK_NAME_BYTES_MAX, "lock name");
    }

    /** One lock alone. */
    public static LockNames only(LockName lock) {
        return new LockNames(lock.value(), false);
    }

    /** All locks whose names start with {@code prefix}. */
    public static LockNames startingWith(String prefix) {
        return new LockNames(prefix, true);
    }

    public boolean contains(LockName lock) {
        return prefix ? lock.value().startsWith(name) : lock.value().equals(name);
    }
}
