package dev.fencekv.client;

/**
 * What happens, as it happens, from any node: changes of records, events of locks, or rejections.
 * When its connection is lost, or its node is cut off from the others or says nothing any more, it
 * goes on at another node behind the last revision that was whole, however often: nothing is left
 * out, nothing told twice. It keeps trying until it is closed, or until no node knows what comes
 * next.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. The {@link WatchListener} is called by
 * one thread, in order. 3. What waits for the listener is bounded: above it the watch pauses, and
 * goes on when the listener has caught up.
 */
public sealed interface Watch extends AutoCloseable permits EventWatch {
    /**
     * The revision from which a new watch would go on behind what the listener has returned from,
     * without gap or overlap; 0 before the first answer to a watch "from now".
     */
    long nextRevision();

    /** Whether nothing more is told. */
    boolean isOver();

    /** Ends it; the listener may still be in a call, and is called no more after that. */
    @Override
    void close();
}
