package dev.fencekv.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.client.KvClient;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A registered extension, and what a cluster leaves behind. */
@Timeout(60)
class FenceKvExtensionTest {
    @RegisterExtension static final FenceKvExtension ofTheClass = FenceKvExtension.withNodes(1);

    private static final Set<FenceKvTestCluster> seen = new HashSet<>();

    @Test
    void aStaticFieldsClusterIsOneForAllTests() {
        seen.add(ofTheClass.cluster());
        ofTheClass.cluster().client().put("one", "1");
        assertThat(seen).hasSize(1);
    }

    @Test
    void itsClientsAreParameters(KvClient client) {
        seen.add(ofTheClass.cluster());
        client.put("two", "2");
        assertThat(seen).hasSize(1);
    }

    @Test
    void thereIsNoClusterOutsideOfTests() {
        assertThatThrownBy(() -> FenceKvExtension.withNodes(1).cluster())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("as a parameter");
    }

    @Test
    void whatANodeHadIsThereAfterARestart() {
        try (FenceKvTestCluster cluster = FenceKvTestCluster.start(1)) {
            cluster.client().put("kept", "yes");
            cluster.stop(0);
            cluster.restart(0);
            cluster.awaitLeader();
            assertThat(cluster.client().get("kept").value().orElseThrow().toUtf8())
                    .isEqualTo("yes");
        }
    }

    @Test
    void nothingIsLeftOfAClosedCluster() throws Exception {
        Set<Path> before = directories();
        FenceKvTestCluster cluster =
                FenceKvTestCluster.start(
                        FenceKvTestCluster.Options.nodes(1)
                                .with(FenceKvTestCluster.Store.CHRONICLE));
        assertThat(directories()).hasSize(before.size() + 1);
        String endpoint = cluster.endpoints().get(0);
        cluster.close();
        cluster.close();

        assertThat(directories()).isEqualTo(before);
        int port = Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
        try (ServerSocket socket = new ServerSocket(port)) {
            assertThat(socket.isBound()).isTrue();
        }
    }

    private static Set<Path> directories() throws Exception {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("fencekv-test-"))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void aClusterHasOneToFiveNodes() {
        assertThatThrownBy(() -> FenceKvTestCluster.start(6))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nodes of a test cluster");
    }
}
