package dev.fencekv.io;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * The one place that chooses how sockets are polled: by epoll where its native library loads
 * (Linux), else by Java's selector. {@code -Dio.netty.transport.noNative=true} chooses the latter.
 */
public final class SocketIo {
    private static final boolean EPOLL = Epoll.isAvailable();

    private SocketIo() {}

    /** Daemon threads named after {@code name}; they start when they are needed. */
    public static EventLoopGroup eventLoops(String name, int threads) {
        IoHandlerFactory poll = EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), poll);
    }

    public static SocketChannel newChannel() {
        return EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
    }

    public static ServerSocketChannel newServerChannel() {
        return EPOLL ? new EpollServerSocketChannel() : new NioServerSocketChannel();
    }
}
