package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The sessions of connections that take locks: one each, so that what people see in evidence names
 * who it was, and so that no connection's locks go with another's. Safe from any thread.
 */
final class LockSessions {
    private final Function<String, KvClient> clients;
    private final int sessionsMax;
    private final RespTally tally;

    /** What {@link #close} began for each, until it is done. */
    private final Map<KvClient, CompletableFuture<Void>> closing = new ConcurrentHashMap<>();

    /**
     * @param clients makes one by its label
     */
    LockSessions(Function<String, KvClient> clients, int sessionsMax, RespTally tally) {
        this.clients = clients;
        this.sessionsMax = sessionsMax;
        this.tally = tally;
    }

    /**
     * @param label what people see in evidence
     * @throws RefusedException if there are too many already
     */
    KvClient open(String label) {
        if (tally.lockSessions.incrementAndGet() > sessionsMax) {
            tally.lockSessions.decrementAndGet();
            throw new RefusedException(
                    "OVERLOADED this node serves "
                            + sessionsMax
                            + " connections that have taken locks already: use another node");
        }
        return clients.apply(label);
    }

    /** Ends a session, and with it its locks: at once if the cluster can be reached. */
    void close(KvClient session) {
        CompletableFuture<Void> closed = session.closeAsync();
        closing.put(session, closed);
        closed.whenComplete(
                (nothing, failure) -> {
                    closing.remove(session);
                    tally.lockSessions.decrementAndGet();
                });
    }

    /** When all that were to be closed by now are. */
    CompletableFuture<Void> closed() {
        return CompletableFuture.allOf(closing.values().toArray(CompletableFuture[]::new));
    }
}
