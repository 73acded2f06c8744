package dev.fencekv.server.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The one place that chooses how sockets are polled: NIO, which is everywhere. */
final class IoTransport {
    private IoTransport() {}

    static EventLoopGroup eventLoops(int threads) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("client-io", true), NioIoHandler.newFactory());
    }

    static Class<? extends ServerChannel> serverChannel() {
        return NioServerSocketChannel.class;
    }
}
