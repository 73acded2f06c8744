package dev.fencekv.server.replication.jraft.transport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says each thing about each peer once: a refused peer comes back every two seconds. Safe from any
 * thread.
 */
final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

    private final Set<String> said = ConcurrentHashMap.newKeySet();

    /** True if it was said now. */
    boolean warn(String what, String peer, String reason) {
        String line = what + " " + peer + ": " + reason;
        if (said.size() >= TransportLimits.REMEMBERED_PEERS_MAX) {
            said.clear();
        }
        boolean first = said.add(line);
        if (first) {
            LOG.warn("{}", line);
        }
        return first;
    }
}
