/**
 * Carries JRaft's messages between the nodes over our own frames on Netty. May depend on Netty,
 * JRaft, protobuf and {@code dev.fencekv.check}, and on {@code dev.fencekv.kv} for what a cluster
 * is called; knows nothing of the state machine, of clients or of what an entry means. Mutable
 * state: a {@code PeerLink} (outgoing) is owned by its event loop, a {@code PeerConnection}
 * (incoming) by its channel's; other threads hand work over through a {@code Mailbox} and read
 * volatile answers.
 */
@NullMarked
package dev.fencekv.server.replication.jraft.transport;

import org.jspecify.annotations.NullMarked;
