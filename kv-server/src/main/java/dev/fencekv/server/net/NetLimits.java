package dev.fencekv.server.net;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;
import java.time.Duration;

/**
 * What one client, and all together, may take of this node. {@link #DEFAULT} is what a node runs
 * with; tests make them small. {@code docs/protocol.md} tells clients.
 *
 * @param connectionsMax above it a connection is refused with OVERLOADED
 * @param requestsPerConnectionMax in flight; above it requests are answered OVERLOADED
 * @param requestBytesPerConnectionMax in flight; as above
 * @param requestBytesMax in flight on all connections; as above
 * @param partialBytesMax of half frames on all connections; above it those with a large one are
 *     closed
 * @param writeHighBytes unsent replies above which the connection is not read
 * @param writeLowBytes unsent replies below which it is read again
 * @param unsentBytesPerConnectionMax unsent replies above which it is closed; above half of it
 *     reads are answered OVERLOADED
 * @param unsentBytesMax of all connections; above it those beyond {@code writeHighBytes} are closed
 * @param helloWithin from the connection to its HELLO
 * @param frameWithin from the first byte of a frame to its last
 * @param readWithin a client that leaves replies unread makes progress at least this often
 * @param farewellWithin how long the last replies of a connection may take to leave
 */
record NetLimits(
        int connectionsMax,
        int requestsPerConnectionMax,
        long requestBytesPerConnectionMax,
        long requestBytesMax,
        long partialBytesMax,
        int writeHighBytes,
        int writeLowBytes,
        long unsentBytesPerConnectionMax,
        long unsentBytesMax,
        Duration helloWithin,
        Duration frameWithin,
        Duration readWithin,
        Duration farewellWithin) {
    /**
     * Requests that a connection may have in flight beyond its limits, if they give something back
     * or keep a session alive: refusing those would keep the load.
     */
    static final int REQUESTS_RESERVED = 256;

    /** Half a frame that nobody minds. */
    static final int PARTIAL_BYTES_SMALL = 64 * 1024;

    private static final long MIB = 1024 * 1024;

    static final NetLimits DEFAULT =
            new NetLimits(
                    4096,
                    4096,
                    16 * MIB,
                    256 * MIB,
                    256 * MIB,
                    (int) MIB,
                    (int) MIB / 4,
                    64 * MIB,
                    512 * MIB,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(5));

    NetLimits {
        Check.inRange(
                1,
                InFlightRequests.COUNT_MAX - REQUESTS_RESERVED,
                requestsPerConnectionMax,
                "requests");
        Check.argument(
                requestBytesPerConnectionMax >= Limits.FRAME_BYTES_MAX,
                "the largest request must be admitted when it is alone");
        Check.argument(writeLowBytes <= writeHighBytes, "low water mark above the high one");
        Check.argument(
                unsentBytesPerConnectionMax >= writeHighBytes,
                "a connection must stop being read before it is closed");
    }
}
