package dev.fencekv.client;

import dev.fencekv.kv.SessionLabel;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the builder was told, checked. */
record ClientOptions(
        List<String> endpoints,
        Duration sessionTtl,
        Duration requestTimeout,
        SessionLabel label,
        @Nullable SslContext tls) {
    ClientOptions {
        endpoints = List.copyOf(endpoints);
    }
}
