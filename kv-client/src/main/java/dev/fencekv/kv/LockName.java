package dev.fencekv.kv;

/**
 * The name of a lock: 1 to {@link Limits#LOCK_NAME_BYTES_MAX} bytes of text, ordered by code unit.
 */
public record LockName(String value) implements Comparable<LockName> {
    public LockName {
        Text.checkedName(value, 1, Limits.LOCK_NAME_BYTES_MAX, "lock name");
    }

    @Override
    public int compareTo(LockName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
