package dev.fencekv.bench.load;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A store, seen through its own client. All operations are asynchronous; {@link #start} is called
 * from any thread.
 */
public interface Target extends AutoCloseable {
    /** Hears once what became of an operation: null for success. */
    interface Completion {
        void completed(@Nullable Throwable failure);
    }

    /** Opens {@code connections} separate connections to a cluster with these nodes. */
    void connect(List<String> endpoints, int connections) throws Exception;

    /** Whether the store has such an operation. */
    boolean supports(Operation operation);

    /** Sets up what the operation needs besides its keys, e.g. takes the lock. */
    void prepare(Operation operation) throws Exception;

    /** Creates or overwrites a key, for the load before a run. */
    void load(int connection, byte[] key, byte[] value, Completion completion);

    /**
     * Starts one operation, of those that are {@linkplain #supports supported}; any other throws
     * UnsupportedOperationException. {@code completion} is called exactly once, on any thread.
     */
    void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion);

    /** Which of these nodes leads, if only the client can tell; -1 otherwise. */
    default int leader(List<String> endpoints) {
        return -1;
    }

    /** Whether the store promises that what failed so has not and will not happen. */
    default boolean neverHappened(Throwable failure) {
        return false;
    }

    /** The store's own name for a failure. */
    String statusOf(Throwable failure);
}
