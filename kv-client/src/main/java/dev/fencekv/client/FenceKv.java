package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionLabel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a client begins: {@code FenceKv.connect("127.0.0.1:7400")}, or {@link #builder} for more.
 * Stateless.
 */
public final class FenceKv {
    /** What a client asks if it is told nothing. */
    public static final String DEFAULT_ENDPOINT = "127.0.0.1:7400";

    private FenceKv() {}

    /**
     * A client with defaults. Returns at once: the first request connects.
     *
     * @param endpoints {@code host:port} of one or more nodes; the others are learned
     */
    public static KvClient connect(String... endpoints) {
        return builder().endpoints(endpoints).build();
    }

    /** The settings of a client, one by one. */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings of a client that is to be. Owned by one thread; may build more than one client. */
    public static final class Builder {
        private List<String> endpoints = List.of(DEFAULT_ENDPOINT);
        private Duration sessionTtl = Duration.ofSeconds(10);
        private Duration requestTimeout = Duration.ofSeconds(10);
        private SessionLabel label = SessionLabel.NONE;
        private WallClock wall = WallClock.SYSTEM;
        private MonotonicClock monotonic = MonotonicClock.SYSTEM;
        private Duration silence = Duration.ofMillis(500);
        private @Nullable Timers timers;
        private @Nullable SslContext tls;
        private @Nullable EventLoopGroup eventLoops;

        private Builder() {}

        /** {@code host:port} each; at least one. Default: {@link FenceKv#DEFAULT_ENDPOINT}. */
        public Builder endpoints(String... endpoints) {
            return endpoints(List.of(endpoints));
        }

        /** {@code host:port} each; at least one. Default: {@link FenceKv#DEFAULT_ENDPOINT}. */
        public Builder endpoints(List<String> endpoints) {
            Check.argument(!endpoints.isEmpty(), "a client needs at least one endpoint");
            for (String endpoint : endpoints) {
                Endpoints.parse(endpoint);
            }
            this.endpoints = List.copyOf(endpoints);
            return this;
        }

        /**
         * How long the client may be silent before its session, with its locks and ephemeral keys,
         * ends: 2 s to 24 h; default 10 s. Renewed every third of it.
         */
        public Builder sessionTtl(Duration sessionTtl) {
            Check.inRange(
                    Limits.SESSION_TTL_MS_MIN,
                    Limits.SESSION_TTL_MS_MAX,
                    sessionTtl.toMillis(),
                    "session TTL in milliseconds");
            this.sessionTtl = sessionTtl;
            return this;
        }

        /**
         * How long one request may take, retries included; default 10 s. Then it ends with {@link
         * UnavailableException}, or with {@link OutcomeUnknownException} if it may have applied.
         */
        public Builder requestTimeout(Duration requestTimeout) {
            Check.atLeast(1, requestTimeout.toMillis(), "request timeout in milliseconds");
            this.requestTimeout = requestTimeout;
            return this;
        }

        /** What people see in evidence against this client, e.g. {@code billing-7@host}. */
        public Builder label(String label) {
            this.label = new SessionLabel(label);
            return this;
        }

        /** Talks TLS by this context, host names checked as it says. Default: plain TCP. */
        public Builder tls(SslContext tls) {
            Check.argument(tls.isClient(), "the client needs a client's SslContext");
            this.tls = tls;
            return this;
        }

        /**
         * Runs on one of these loops, for programs with many clients; default: one of its own. They
         * must be able to serve TCP sockets of {@link dev.fencekv.io.SocketIo}, and stay the
         * caller's: he shuts them down, once {@link KvClient#closeAsync} has completed.
         */
        public Builder eventLoops(EventLoopGroup eventLoops) {
            this.eventLoops = eventLoops;
            return this;
        }

        /**
         * Clocks other than the system's, for tests and fault injection. {@code monotonic} times
         * leases and deadlines; {@code wall} only betrays suspensions by jumping against it.
         */
        public Builder clocks(WallClock wall, MonotonicClock monotonic) {
            this.wall = wall;
            this.monotonic = monotonic;
            return this;
        }

        /** How long a node may say nothing before it is asked, and after that be given up. */
        Builder silence(Duration silence) {
            this.silence = silence;
            return this;
        }

        /** Timers that follow injected clocks. */
        Builder timers(Timers timers) {
            this.timers = timers;
            return this;
        }

        /** Connects nothing yet: the first request does. */
        public KvClient build() {
            return KvClient.start(
                    new ClientOptions(
                            endpoints, sessionTtl, requestTimeout, label, tls, silence, eventLoops),
                    wall,
                    monotonic,
                    timers);
        }
    }
}
