package dev.fencekv.client;

import dev.fencekv.kv.SessionLabel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the builder was told, checked.
 *
 * @param silence after which a node is asked if it is there; after twice that it is given up
 * @param eventLoops one of which the client uses; null for one of its own
 */
record ClientOptions(
        List<String> endpoints,
        Duration sessionTtl,
        Duration requestTimeout,
        SessionLabel label,
        @Nullable SslContext tls,
        Duration silence,
        @Nullable EventLoopGroup eventLoops) {
    ClientOptions {
        endpoints = List.copyOf(endpoints);
    }

    ClientOptions withRequestTimeout(Duration timeout) {
        return new ClientOptions(endpoints, sessionTtl, timeout, label, tls, silence, eventLoops);
    }
}
