/**
 * The Java client: asks any node, follows the leader, retries so that a command applies once, and
 * keeps a session and its locks honest through pauses. Depends on wire, kv, clock, check, Netty and
 * slf4j. Mutable state is owned by the client's one event loop; what user threads read of it is
 * volatile and says so.
 */
@NullMarked
package dev.fencekv.client;

import org.jspecify.annotations.NullMarked;
