package dev.fencekv.server.net;

import io.netty.channel.ChannelPipeline;

/** How the client port is encrypted. */
@FunctionalInterface
public interface TlsHook {
    /** Plain TCP. */
    TlsHook NONE = pipeline -> {};

    /** Adds an {@code SslHandler} to the pipeline of a new connection, which is still empty. */
    void addTo(ChannelPipeline pipeline);
}
