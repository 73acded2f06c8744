/**
 * The client port: sockets to requests, replies to sockets. Depends on wire, request and Netty;
 * only translates, and decides nothing but what protects the node from a client: how many
 * connections, how much of each, how slow. A connection's state is owned by its event loop; replies
 * are handed over from any thread through one queue per connection.
 */
@NullMarked
package dev.fencekv.server.net;

import org.jspecify.annotations.NullMarked;
