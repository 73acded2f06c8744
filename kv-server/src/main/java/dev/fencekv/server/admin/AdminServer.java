package dev.fencekv.server.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.server.request.NodeReport;
import dev.fencekv.server.resp.RespCounts;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET of {@code /metrics} (Prometheus' text format), {@code /livez} (the process works) and
 * {@code /readyz} (it knows a leader), on one address and nothing else. Listens until it is closed;
 * safe from any thread.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";
    private static final int QUEUED_MAX = 64;

    private final NodeReport report;
    private final Supplier<Optional<RespCounts>> resp;
    private final HttpServer server;
    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(
                    1,
                    1,
                    1,
                    TimeUnit.MINUTES,
                    new LinkedBlockingQueue<>(QUEUED_MAX),
                    task -> {
                        Thread made = new Thread(task, "fencekv-admin");
                        made.setDaemon(true);
                        return made;
                    });

    private record Answer(int code, String type, String text) {}

    /** What one path says. */
    private interface Page {
        Answer answer();
    }

    /**
     * @param resp what the RESP port has had to do, if there is one
     * @throws IOException naming the address, if it cannot be listened on
     */
    public static AdminServer start(
            InetSocketAddress address, NodeReport report, Supplier<Optional<RespCounts>> resp)
            throws IOException {
        try {
            return new AdminServer(HttpServer.create(address, QUEUED_MAX), report, resp);
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen for operators on "
                            + address.getHostString()
                            + ":"
                            + address.getPort()
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private AdminServer(HttpServer server, NodeReport report, Supplier<Optional<RespCounts>> resp) {
        this.report = report;
        this.resp = resp;
        this.server = server;
        thread.allowCoreThreadTimeOut(true);
        server.setExecutor(thread);
        // The root takes all paths that have no page of their own.
        server.createContext("/", page("/", this::unknown));
        server.createContext("/metrics", page("/metrics", this::metrics));
        server.createContext("/livez", page("/livez", this::live));
        server.createContext("/readyz", page("/readyz", this::ready));
        server.start();
        LOG.info("listening for operators on {}", server.getAddress());
    }

    /** The port is the real one, also if it was asked for as 0. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private HttpHandler page(String path, Page page) {
        return exchange -> {
            try (exchange) {
                boolean exact = path.equals("/") || exchange.getRequestURI().getPath().equals(path);
                answer(exchange, exact ? page : this::unknown);
            } catch (IOException e) {
                LOG.debug("an operator's connection failed", e);
            }
        };
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        Answer answer =
                head || exchange.getRequestMethod().equals("GET")
                        ? page.answer()
                        : new Answer(METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
        byte[] bytes = answer.text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type);
        exchange.sendResponseHeaders(answer.code, head ? -1 : bytes.length);
        if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    private Answer unknown() {
        return new Answer(NOT_FOUND, TEXT, "there are /metrics, /livez and /readyz\n");
    }

    private Answer metrics() {
        return new Answer(
                OK,
                METRICS,
                Metrics.text(report.status(), report.extent(), report.health(), resp.get()));
    }

    private Answer live() {
        return report.status().role() == NodeRole.STOPPED
                ? new Answer(UNAVAILABLE, TEXT, "this node has stopped\n")
                : new Answer(OK, TEXT, "ok\n");
    }

    private Answer ready() {
        NodeStatus status = report.status();
        if (status.role() == NodeRole.STOPPED) {
            return live();
        }
        if (status.cluster().isNone()) {
            return new Answer(UNAVAILABLE, TEXT, "the cluster is not formed yet\n");
        }
        return status.leader().isEmpty()
                ? new Answer(UNAVAILABLE, TEXT, "no leader is known\n")
                : new Answer(OK, TEXT, "ok\n");
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
    }
}
