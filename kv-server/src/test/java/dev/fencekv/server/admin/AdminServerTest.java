package dev.fencekv.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.server.request.NodeReport;
import dev.fencekv.server.request.StateExtent;
import dev.fencekv.server.resp.RespCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest implements NodeReport {
    private static final String SAMPLE =
            "[a-z0-9_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? (-?[0-9.]+(E-?[0-9]+)?|NaN)";

    private final HttpClient client = HttpClient.newHttpClient();
    private AdminServer server;
    private String leader = "127.0.0.1:7400";
    private NodeRole role = NodeRole.FOLLOWER;
    private ClusterId cluster = new ClusterId(1, 2);
    private Optional<RespCounts> resp = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(loopback(0), this, () -> resp);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public NodeStatus status() {
        return new NodeStatus(
                "127.0.0.1:7410",
                7,
                cluster,
                role,
                leader,
                4,
                2001,
                1043,
                HybridTimestamp.ZERO,
                0,
                0,
                1,
                12,
                4096,
                2,
                1,
                List.of(),
                "a \"version\"");
    }

    @Override
    public StateExtent extent() {
        return new StateExtent(3, 1001, 65_536);
    }

    @Override
    public NodeHealth health() {
        return new NodeHealth(
                "127.0.0.1:7410",
                role,
                400,
                ClockVerdict.OUTSIDE,
                -250,
                1_500,
                3,
                2_300,
                List.of(
                        peer("127.0.0.1:7400", 125, 1_105),
                        peer("127.0.0.1:7420", 100_000, PeerHealth.NOT_KNOWN)));
    }

    private static PeerHealth peer(String address, int phiMilli, long clockErrorMicros) {
        return new PeerHealth(
                address,
                phiMilli,
                100_000,
                210,
                -1_200,
                clockErrorMicros,
                ClockVerdict.WITHIN,
                900,
                45,
                400,
                2_001);
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void metricsAreInPrometheusFormat() throws Exception {
        HttpResponse<String> metrics = ask("GET", "/metrics");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.headers().firstValue("Content-Type"))
                .contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body().lines().filter(line -> !line.startsWith("# ")))
                .filteredOn(line -> !line.startsWith("fencekv_info"))
                .allMatch(line -> line.matches(SAMPLE))
                .contains(
                        "fencekv_leads 0",
                        "fencekv_term 4",
                        "fencekv_keys 12",
                        "fencekv_keys_with_ttl 3",
                        "fencekv_history_oldest_revision 1001",
                        "fencekv_history_bytes 65536",
                        "fencekv_election_timeout_seconds 0.4",
                        "fencekv_log_sync_p99_seconds 0.0015",
                        "fencekv_wall_clock_offset_seconds -0.25",
                        "fencekv_wall_clock_outside 1",
                        "fencekv_pauses_total 3",
                        "fencekv_peer_phi{peer=\"127.0.0.1:7400\"} 0.125",
                        "fencekv_peer_phi{peer=\"127.0.0.1:7420\"} 100",
                        "fencekv_peer_clock_offset_seconds{peer=\"127.0.0.1:7420\"} NaN");
        assertThat(metrics.body())
                .contains("fencekv_info{version=\"a \\\"version\\\"\",node=\"7\"} 1\n");
    }

    @Test
    void theRespPortHasNumbersIfThereIsOne() throws Exception {
        assertThat(ask("GET", "/metrics").body()).doesNotContain("fencekv_resp_");
        resp = Optional.of(new RespCounts(3, 1, 2, 40, 5, 4, 6));
        assertThat(ask("GET", "/metrics").body())
                .contains(
                        "fencekv_resp_connections 3",
                        "fencekv_resp_connections_refused_total 1",
                        "fencekv_resp_connections_closed_total 2",
                        "fencekv_resp_commands_total 40",
                        "fencekv_resp_errors_total 5",
                        "fencekv_resp_outcome_unknown_total 4",
                        "fencekv_resp_lock_sessions 6");
    }

    @Test
    void thePageForOperatorsListsTheMetricsThatThereAre() throws Exception {
        resp = Optional.of(new RespCounts(0, 0, 0, 0, 0, 0, 0));
        Pattern name = Pattern.compile("\\bfencekv_[a-z0-9_]+");
        String page = Files.readString(Path.of("docs/operations.md"));
        String section = page.substring(page.indexOf("\n## Metrics\n"));
        String table = section.substring(0, section.indexOf("\nAlarms"));
        assertThat(name.matcher(table).results().map(MatchResult::group))
                .containsExactlyInAnyOrderElementsOf(
                        ask("GET", "/metrics")
                                .body()
                                .lines()
                                .filter(line -> line.startsWith("# TYPE "))
                                .map(line -> line.split(" ")[2])
                                .toList());
    }

    @Test
    void aNodeIsReadyOnceItKnowsALeader() throws Exception {
        assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(200);
        leader = "";
        assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
        assertThat(ask("GET", "/readyz").body()).isEqualTo("no leader is known\n");
        assertThat(ask("GET", "/livez").statusCode()).isEqualTo(200);
        cluster = ClusterId.NONE;
        assertThat(ask("GET", "/readyz").body()).isEqualTo("the cluster is not formed yet\n");
    }

    @Test
    void aNodeThatHasStoppedIsNeitherAliveNorReady() throws Exception {
        role = NodeRole.STOPPED;
        assertThat(ask("GET", "/livez").statusCode()).isEqualTo(503);
        assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
    }

    @Test
    void whatIsNotThereAndWhatIsNotPermittedIsSaid() throws Exception {
        assertThat(ask("GET", "/metrics/more").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/").body()).contains("/metrics");
        assertThat(ask("POST", "/metrics").statusCode()).isEqualTo(405);
        HttpResponse<String> head = ask("HEAD", "/livez");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void anAddressThatIsTakenIsNamed() {
        assertThatThrownBy(
                        () ->
                                AdminServer.start(
                                        loopback(server.address().getPort()), this, () -> resp))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("operators on");
    }
}
