package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServerOptionsTest {
    private static final String PEERS = "127.0.0.1:7401,127.0.0.1:7411,127.0.0.1:7421";

    private static ServerOptions parse(Map<String, String> environment, String... args)
            throws IOException {
        OptionSources sources = OptionSources.read(args, environment);
        ServerOptions options = new ServerOptions();
        CommandLine commandLine =
                new CommandLine(options)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setDefaultValueProvider(sources);
        commandLine.parseArgs(args);
        sources.checkAllKnown(commandLine.getCommandSpec());
        options.check();
        return options;
    }

    private static void refused(String what, Map<String, String> environment, String... args) {
        assertThatThrownBy(() -> parse(environment, args))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining(what);
    }

    @Test
    void commandLineWinsOverEnvironmentOverFile(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("fencekv.properties");
        Files.writeString(
                file,
                "data-dir=from-file\npeers=" + PEERS + "\nelection-timeout-ms=900\nstore=heap\n");
        Map<String, String> environment =
                Map.of("FENCEKV_DATA_DIR", "from-env", "FENCEKV_ELECTION_TIMEOUT_MS", "800");
        ServerOptions options =
                parse(environment, "--config", file.toString(), "--election-timeout-ms", "700");
        assertThat(options.electionTimeoutMs()).isEqualTo(700);
        assertThat(options.dataDir()).isEqualTo(Path.of("from-env"));
        assertThat(options.store()).isEqualTo(ServerOptions.StoreKind.HEAP);
        assertThat(options.peers()).hasSize(3);
    }

    @Test
    void unknownKeysAreErrors(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("fencekv.properties");
        Files.writeString(file, "data-dri=oops\n");
        refused("data-dri", Map.of(), "--dev", "--config=" + file);
        refused("FENCEKV_DATADIR", Map.of("FENCEKV_DATADIR", "x"), "--dev");
    }

    @Test
    void variablesOfKvcliAreNotOurs() throws IOException {
        assertThat(parse(Map.of("FENCEKV_ENDPOINTS", "x"), "--dev").dev()).isTrue();
    }

    @Test
    void whatIsMissingIsNamed() {
        refused("--data-dir", Map.of(), "--peers", PEERS);
        refused("--peers", Map.of(), "--data-dir", "d");
        refused(
                "must contain this node's --peer-address",
                Map.of(),
                "--data-dir",
                "d",
                "--peers",
                PEERS,
                "--peer-address",
                "127.0.0.1:9");
    }

    @Test
    void whatIsWrongIsNamed() {
        refused("HOST:PORT", Map.of(), "--dev", "--client-address", "7400");
        refused("port out of range", Map.of(), "--dev", "--client-address", "a:99999");
        refused("200 to 10000", Map.of(), "--dev", "--election-timeout-ms", "5");
        refused("twice", Map.of(), "--data-dir", "d", "--peers", "127.0.0.1:7401,127.0.0.1:7401");
        refused("own", Map.of(), "--dev", "--resp-address", "127.0.0.1:7400");
        refused("HOST:PORT", Map.of(), "--dev", "--resp-address", "6379");
        refused("leave --peers out", Map.of(), "--dev", "--peers", PEERS);
    }

    @Test
    void singleNodeForTryingOutNeedsNothing() throws IOException {
        ServerOptions options = parse(Map.of(), "--dev");
        assertThat(options.peers()).containsExactly("127.0.0.1:7401");
        assertThat(options.bootstrap()).isTrue();
        assertThat(options.effective()).contains("client-address=127.0.0.1:7400");
        assertThat(options.respAddress()).isEmpty();
        ServerOptions resp = parse(Map.of("FENCEKV_RESP_ADDRESS", "127.0.0.1:6379"), "--dev");
        assertThat(resp.respAddress()).isPresent();
        assertThat(resp.effective()).contains("resp-address=127.0.0.1:6379");
    }
}
