/**
 * Decides for each request: may it run, where does it run, what is answered. Depends on
 * replication, state, command and the client's kv, clock and wire. Knows no sockets: a connection
 * is a {@link dev.fencekv.server.request.ClientConnection}.
 */
@NullMarked
package dev.fencekv.server.request;

import org.jspecify.annotations.NullMarked;
