package dev.fencekv.server.request;

/** How much of this machine's memory records may take. Safe from any thread. */
@FunctionalInterface
public interface MachineMemory {
    /**
     * A store is reserved at a small multiple of its quota, and a larger quota is moved into while
     * the old store is still there.
     */
    int STORE_BYTES_PER_QUOTA_BYTE = 4;

    /** The whole memory of the machine, in bytes. */
    long totalBytes();

    default long storeQuotaBytesMax() {
        return totalBytes() / STORE_BYTES_PER_QUOTA_BYTE;
    }
}
