package dev.fencekv.server.replication.jraft.transport;

import io.netty.handler.ssl.SslContext;
import java.util.function.Supplier;

/**
 * The TLS engines of the peer port. The suppliers are asked for every connection, so certificates
 * can be renewed while the node runs. The server's context must demand a client certificate; the
 * client's verifies the host part of the address that it dials.
 */
public record PeerTls(Supplier<SslContext> server, Supplier<SslContext> client) {}
