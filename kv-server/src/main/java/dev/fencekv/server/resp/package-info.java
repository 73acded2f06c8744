/**
 * The second front door: a port that speaks RESP2 and RESP3, for {@code redis-cli} and Redis'
 * clients. Depends on Netty and the Java client, by which it reaches the cluster as any program
 * does; so it needs to know nothing of replication, and can promise nothing else. A connection's
 * state is owned by its event loop.
 */
@NullMarked
package dev.fencekv.server.resp;

import org.jspecify.annotations.NullMarked;
