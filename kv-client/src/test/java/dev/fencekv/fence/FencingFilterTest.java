package dev.fencekv.fence;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpServer;
import dev.fencekv.kv.ResourceName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two holders of one lock, tokens 33 and 34, and a service that both call. */
class FencingFilterTest {
    @TempDir private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What the service has done. */
    private final List<String> done = new CopyOnWriteArrayList<>();

    /** A request for {@code /slow} is in the service; and may go on. */
    private final CountDownLatch inService = new CountDownLatch(1);

    private final CountDownLatch goOn = new CountDownLatch(1);
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        HttpContext context =
                server.createContext(
                        "/",
                        exchange -> {
                            String body =
                                    new String(
                                            exchange.getRequestBody().readAllBytes(),
                                            StandardCharsets.UTF_8);
                            if (body.equals("slow")) {
                                inService.countDown();
                                try {
                                    goOn.await(20, TimeUnit.SECONDS);
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                            }
                            done.add(body);
                            exchange.sendResponseHeaders(204, -1);
                            exchange.close();
                        });
        context.getFilters()
                .add(
                        new FencingFilter(
                                new TokenMarks(directory),
                                exchange -> new ResourceName(exchange.getRequestURI().getPath())));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private HttpRequest request(String path, String token, String body) {
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            builder.header(FencingFilter.TOKEN_HEADER, token);
        }
        return builder.build();
    }

    private HttpResponse<String> post(String path, String token, String body) throws Exception {
        return http.send(request(path, token, body), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aRequestOfAnOlderTokenIsRefusedOnceANewerOneWasSeen() throws Exception {
        assertThat(post("/a", "33", "one").statusCode()).isEqualTo(204);
        assertThat(post("/a", "33", "two").statusCode()).isEqualTo(204);
        assertThat(post("/a", "34", "three").statusCode()).isEqualTo(204);

        HttpResponse<String> late = post("/a", "33", "late");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(late.headers().firstValue(FencingFilter.MARK_HEADER)).hasValue("34");
        assertThat(late.body()).contains("token 33 is stale for /a, which has seen 34");
        assertThat(post("/b", "33", "elsewhere").statusCode()).isEqualTo(204);
        assertThat(done).containsExactly("one", "two", "three", "elsewhere");
    }

    @Test
    void withoutATokenNobodyIsLetIn() throws Exception {
        assertThat(post("/a", "", "one").statusCode()).isEqualTo(428);
        assertThat(post("/a", "first", "one").statusCode()).isEqualTo(400);
        assertThat(post("/a", "0", "one").statusCode()).isEqualTo(400);
        assertThat(post("/a", "-1", "one").statusCode()).isEqualTo(400);
        assertThat(done).isEmpty();
    }

    @Test
    void aServiceThatWasStartedAgainRemembersWhatItHasSeen() throws Exception {
        post("/a", "34", "one");
        server.stop(0);
        start();

        assertThat(post("/a", "33", "late").statusCode()).isEqualTo(409);
        assertThat(done).containsExactly("one");
    }

    /** What an older holder's request does may not come after what a newer one's does. */
    @Test
    void aNewerTokenIsLetInWhenTheRequestsOfOlderOnesAreDone() throws Exception {
        CompletableFuture<HttpResponse<String>> old =
                http.sendAsync(request("/a", "33", "slow"), HttpResponse.BodyHandlers.ofString());
        assertThat(inService.await(20, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<HttpResponse<String>> newer =
                http.sendAsync(request("/a", "34", "fast"), HttpResponse.BodyHandlers.ofString());

        assertThat(done).isEmpty();
        goOn.countDown();
        assertThat(old.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
        assertThat(newer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
        assertThat(done).containsExactly("slow", "fast");
    }

    /** Else a client that keeps asking under a dead token would slow down everybody. */
    @Test
    void aStaleTokenIsRefusedAtOnceWhileOthersAreInTheService() throws Exception {
        CompletableFuture<HttpResponse<String>> newest =
                http.sendAsync(request("/a", "34", "slow"), HttpResponse.BodyHandlers.ofString());
        assertThat(inService.await(20, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<HttpResponse<String>> late =
                http.sendAsync(request("/a", "33", "late"), HttpResponse.BodyHandlers.ofString());
        // Sooner than the one in the service gives up.
        assertThat(late.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(409);
        assertThat(newest).isNotDone();
        goOn.countDown();
        assertThat(newest.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
        assertThat(done).containsExactly("slow");
    }
}
