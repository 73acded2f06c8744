package dev.fencekv.io;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Slf4JLoggerFactory;

/** Where Netty's own log lines go. */
public final class NettyLog {
    private NettyLog() {}

    /**
     * To slf4j, also if nobody listens there: Netty by itself would start the JDK's logging then.
     * To be called before anything of Netty is used; for programs, not for libraries.
     */
    public static void useSlf4j() {
        InternalLoggerFactory.setDefaultFactory(Slf4JLoggerFactory.INSTANCE);
    }
}
