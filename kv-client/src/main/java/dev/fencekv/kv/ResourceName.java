package dev.fencekv.kv;

/**
 * The name of a resource outside the store that a gate stands before: 1 to {@link
 * Limits#RESOURCE_NAME_BYTES_MAX} bytes of text, ordered by code unit.
 */
public record ResourceName(String value) implements Comparable<ResourceName> {
    public ResourceName {
        Text.checkedName(value, 1, Limits.RESOURCE_NAME_BYTES_MAX, "resource name");
    }

    @Override
    public int compareTo(ResourceName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
