package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.server.FenceKvServer;
import dev.fencekv.server.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one node is started with, and how it says no: one line that says what to do. */
@Timeout(240)
class StartUpIT {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @RegisterExtension final Processes processes = new Processes();

    private final List<String> addresses = FreePorts.addresses(2);
    private final AtomicInteger servers = new AtomicInteger();

    // --- helpers -------------------------------------------------------------------------------

    private JavaProcess server(String... options) {
        return server(Map.of(), options);
    }

    private JavaProcess server(Map<String, String> environment, String... options) {
        return processes.server(
                "server" + servers.incrementAndGet(), environment, "", List.of(options));
    }

    /** Options of a single node on free ports, and {@code more}. */
    private String[] single(Path dataDir, String... more) {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--dev", "--data-dir", dataDir.toString()));
        options.addAll(List.of("--client-address", addresses.get(0)));
        options.addAll(List.of("--peer-address", addresses.get(1)));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    private Path dataDir() {
        return processes.home().resolve("data");
    }

    /**
     * Ends with {@code code} and exactly one line, which has all of {@code words}. It may have told
     * of its progress before.
     */
    private static void assertRefused(JavaProcess process, int code, String... words) {
        assertThat(process.awaitExit()).as(process.lastWords()).isEqualTo(code);
        List<String> lines =
                process.errLines().stream().filter(line -> !line.contains("Z INFO ")).toList();
        assertThat(lines).as("one clear line").hasSize(1);
        assertThat(lines.get(0)).startsWith("fencekv-server: ").contains(words);
    }

    private JavaProcess startedSingle(String... more) {
        JavaProcess process = server(single(dataDir(), more));
        awaitServing(process, addresses.get(0));
        return process;
    }

    private static void awaitServing(JavaProcess process, String endpoint) {
        try (KvClient client = FenceKv.connect(endpoint)) {
            await().atMost(JavaProcess.PATIENCE)
                    .failFast(() -> !process.isAlive())
                    .ignoreExceptionsInstanceOf(FenceKvException.class)
                    .until(() -> client.put("is", "serving").revision() > 0);
        }
    }

    private static String value(String endpoint, String key) {
        try (KvClient client = FenceKv.connect(endpoint)) {
            return client.get(key).value().map(Object::toString).orElse("-");
        }
    }

    // --- options -------------------------------------------------------------------------------

    @Test
    void anUnknownOptionIsRefused() {
        assertRefused(server("--dev", "--no-such-option"), USAGE, "--no-such-option", "--help");
    }

    @Test
    void anUnknownKeyOfTheFileIsRefused() throws IOException {
        Path file = Files.writeString(processes.home().resolve("kv.conf"), "data-dri=/tmp/x\n");
        assertRefused(
                server("--config", file.toString(), "--dev"), USAGE, "unknown key", "data-dri");
    }

    @Test
    void aMissingFileOfOptionsIsRefused() {
        Path file = processes.home().resolve("no-such-file");
        assertRefused(server("--config=" + file, "--dev"), USAGE, file.toString());
    }

    @Test
    void anUnknownVariableIsRefused() {
        assertRefused(
                server(Map.of("FENCEKV_DATA_DRI", "/tmp/x"), "--dev"), USAGE, "FENCEKV_DATA_DRI");
    }

    @Test
    void aNodeWithoutPeersOrDirectoryIsToldWhatIsMissing() {
        assertRefused(server("--peers", "127.0.0.1:7401"), USAGE, "--data-dir");
        assertRefused(server("--data-dir", dataDir().toString()), USAGE, "--peers");
        assertRefused(
                server("--data-dir", dataDir().toString(), "--peers", "127.0.0.1:1,127.0.0.1:2"),
                USAGE,
                "--peers",
                "--peer-address");
        assertThat(dataDir()).doesNotExist();
    }

    @Test
    void aMalformedAddressIsRefused() {
        assertRefused(
                server("--dev", "--client-address", "nowhere"), USAGE, "HOST:PORT", "nowhere");
    }

    @Test
    void addressesThatNobodyCouldReachAreRefused() {
        String port = addresses.get(0).substring(addresses.get(0).indexOf(':'));
        assertRefused(
                server("--dev", "--client-address", "0.0.0.0" + port),
                FAILED,
                "0.0.0.0" + port,
                "name the one that others reach");
        assertRefused(
                server("--dev", "--peer-address", "no-such-host.invalid" + port),
                FAILED,
                "unknown host",
                "no-such-host.invalid");
        assertRefused(
                server("--dev", "--client-address", "h:1", "--peer-address", "h:1"),
                USAGE,
                "must not be the same");
    }

    @Test
    void aJvmWithoutItsFlagsIsToldWhereTheyAre() {
        assertRefused(
                processes.program("plain", FenceKvServer.class, "--dev"), FAILED, "jvm.options");
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws IOException {
        Path file =
                Files.writeString(
                        processes.home().resolve("kv.conf"),
                        "election-timeout-ms=301\nsnapshot-entries=301\nsnapshot-log-bytes=3000001\n");
        Map<String, String> environment =
                Map.of(
                        "FENCEKV_ELECTION_TIMEOUT_MS", "302",
                        "FENCEKV_SNAPSHOT_ENTRIES", "302",
                        "FENCEKV_CONFIG", file.toString());
        JavaProcess process =
                server(environment, "--dev", "--print-config", "--election-timeout-ms", "303");
        assertThat(process.awaitExit()).isZero();
        assertThat(process.outLines())
                .contains(
                        "election-timeout-ms=303",
                        "snapshot-entries=302",
                        "snapshot-log-bytes=3000001",
                        "dev=true");
        assertThat(process.errLines()).isEmpty();
    }

    @Test
    void whatPrintConfigPrintsIsAFileOfOptions() throws IOException {
        String[] options = single(dataDir(), "--print-config");
        JavaProcess first = server(options);
        assertThat(first.awaitExit()).isZero();
        List<String> printed =
                first.outLines().stream().filter(line -> !line.startsWith("peers=")).toList();
        Path file = Files.write(processes.home().resolve("kv.conf"), printed);
        JavaProcess second = server("--config", file.toString(), "--print-config");
        assertThat(second.awaitExit()).as(second.lastWords()).isZero();
        assertThat(second.outLines()).isEqualTo(first.outLines());
    }

    // --- ports and directories -----------------------------------------------------------------

    @Test
    void aTakenClientPortIsNamed() throws IOException {
        try (ServerSocket taken = take(addresses.get(0))) {
            assertRefused(
                    server(single(dataDir())), FAILED, addresses.get(0), "Address already in use");
        }
    }

    @Test
    void aTakenPeerPortIsNamed() throws IOException {
        try (ServerSocket taken = take(addresses.get(1))) {
            assertRefused(
                    server(single(dataDir())), FAILED, addresses.get(1), "Address already in use");
        }
    }

    private static ServerSocket take(String address) throws IOException {
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        return new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(processes.home().resolve("a-file"), "not a directory");
        assertRefused(server(single(file.resolve("data"))), FAILED, file.toString());
    }

    @Test
    void aDirectoryOfSomebodyElseIsLeftAlone() throws IOException {
        Files.createDirectories(dataDir());
        Path photo = Files.writeString(dataDir().resolve("holiday.jpg"), "");
        assertRefused(server(single(dataDir())), FAILED, dataDir().toString(), "holiday.jpg");
        assertThat(photo).exists();
        assertThat(dataDir().resolve("log")).doesNotExist();
    }

    @Test
    void anEmptyDirectoryWithoutBootstrapWaitsToBeAddedAndSaysHow() {
        JavaProcess waiting =
                server(
                        "--data-dir", dataDir().toString(),
                        "--client-address", addresses.get(0),
                        "--peer-address", addresses.get(1),
                        "--peers", addresses.get(1));
        await().atMost(JavaProcess.PATIENCE)
                .failFast("it ended", () -> !waiting.isAlive())
                .until(
                        () ->
                                waiting.errLines().stream()
                                        .anyMatch(
                                                line ->
                                                        line.contains(
                                                                "kvcli member add "
                                                                        + addresses.get(1))));
    }

    @Test
    void aSecondProcessOnOneDirectoryIsRefusedAndTheFirstServesOn() {
        startedSingle();
        List<String> others = FreePorts.addresses(2);
        assertRefused(
                server(
                        "--dev",
                        "--data-dir",
                        dataDir().toString(),
                        "--client-address",
                        others.get(0),
                        "--peer-address",
                        others.get(1)),
                FAILED,
                dataDir().toString(),
                "in use by another process");
        assertThat(value(addresses.get(0), "is")).isEqualTo("serving");
    }

    @Test
    void anIdentityThatCannotBeBelievedIsRefused() throws IOException {
        JavaProcess first = startedSingle();
        first.kill();
        Path identity = dataDir().resolve("fencekv-node");
        String text = Files.readString(identity);

        Files.writeString(identity, text.replaceFirst("fencekv-node 3", "fencekv-node 4"));
        assertRefused(
                server(single(dataDir())),
                FAILED,
                identity.toString(),
                "format 4",
                "newer release");

        Files.writeString(identity, text.replaceFirst("address 1", "address 2"));
        assertRefused(server(single(dataDir())), FAILED, identity.toString(), "corrupt");

        Files.writeString(identity, "");
        assertRefused(server(single(dataDir())), FAILED, identity.toString());

        Files.delete(identity);
        assertRefused(server(single(dataDir())), FAILED, identity.toString(), "missing");

        Files.writeString(identity, text);
        awaitServing(server(single(dataDir())), addresses.get(0));
    }

    @Test
    void lostVotesOrLogAreRefused() throws IOException {
        startedSingle().kill();
        Path votes = dataDir().resolve("meta").resolve("votes");
        byte[] bytes = Files.readAllBytes(votes);
        Files.delete(votes);
        assertRefused(server(single(dataDir())), FAILED, votes.toString(), "missing");

        Files.write(votes, bytes);
        Processes.delete(dataDir().resolve("log"));
        assertRefused(
                server(single(dataDir())), FAILED, dataDir().resolve("log").toString(), "missing");
    }

    // --- a life --------------------------------------------------------------------------------

    @Test
    void aSingleNodeKeepsItsDataAndEndsCleanlyOnSigterm() {
        JavaProcess first = startedSingle();
        first.terminate();
        assertThat(first.awaitExit()).isIn(0, 143);
        JavaProcess second = server(single(dataDir()));
        await().atMost(JavaProcess.PATIENCE)
                .failFast(() -> !second.isAlive())
                .ignoreExceptionsInstanceOf(FenceKvException.class)
                .until(() -> value(addresses.get(0), "is").equals("serving"));
        assertThat(first.errLines()).noneMatch(line -> line.startsWith("\tat "));
        assertThat(first.errLines()).last().asString().contains("stopped");
    }

    @Test
    void sigtermEndsANodeThatFindsNoOthers() {
        JavaProcess lonely =
                server(
                        "--data-dir",
                        dataDir().toString(),
                        "--client-address",
                        addresses.get(0),
                        "--peer-address",
                        addresses.get(1),
                        "--peers",
                        addresses.get(1) + ",127.0.0.1:1,127.0.0.1:2",
                        "--bootstrap");
        await().atMost(JavaProcess.PATIENCE)
                .until(() -> lonely.errLines().stream().anyMatch(line -> line.contains("serving")));
        lonely.terminate();
        assertThat(lonely.awaitExit()).isIn(0, 143);
    }

    // --- who belongs to a cluster --------------------------------------------------------------

    @Test
    void aNodeThatLostItsDirectoryIsRefusedByTheOthersAndStops() throws IOException {
        ProcessCluster cluster = ProcessCluster.start(processes);
        int wiped = cluster.follower();
        cluster.kill(wiped);
        Processes.delete(cluster.directory(wiped));
        int before = cluster.process(wiped).errLines().size();
        cluster.start(wiped);
        assertThat(cluster.process(wiped).awaitExit()).isEqualTo(FAILED);
        assertSaid(cluster.process(wiped), before, "refuses this node", "lost its data");
        cluster.awaitWritable();
        // It stops at the first refusal, so the other may not have been asked.
        assertThat(
                        Stream.of((wiped + 1) % 3, (wiped + 2) % 3)
                                .flatMap(node -> cluster.process(node).errLines().stream()))
                .anyMatch(line -> line.contains("WARN") && line.contains("lost its data"));
    }

    @Test
    void aNodeOfAnotherClusterIsRefusedAndStops() throws IOException {
        ProcessCluster cluster = ProcessCluster.start(processes);
        int stranger = cluster.follower();
        cluster.kill(stranger);
        Processes.delete(cluster.directory(stranger));
        formClusterOfItsOwn(cluster, stranger);
        int before = cluster.process(stranger).errLines().size();
        cluster.start(stranger);
        assertThat(cluster.process(stranger).awaitExit()).isEqualTo(FAILED);
        assertSaid(cluster.process(stranger), before, "this is cluster");
        cluster.awaitWritable();
    }

    /** The directory then belongs to a cluster of one, at the same address. */
    private void formClusterOfItsOwn(ProcessCluster cluster, int node) {
        List<String> options = cluster.options(node);
        String peerAddress = options.get(options.indexOf("--peer-address") + 1);
        List<Integer> others = List.of((node + 1) % 3, (node + 2) % 3);
        others.forEach(other -> cluster.process(other).pause()); // Or they would refuse it.
        JavaProcess alone =
                server(
                        "--dev",
                        "--data-dir",
                        cluster.directory(node).toString(),
                        "--client-address",
                        cluster.endpoint(node),
                        "--peer-address",
                        peerAddress);
        awaitServing(alone, cluster.endpoint(node));
        alone.kill();
        others.forEach(other -> cluster.process(other).resume());
    }

    /** Since it was started anew: one line of all has all of the words, and it is told plainly. */
    private static void assertSaid(JavaProcess process, int before, String... words) {
        List<String> lines = process.errLines().subList(before, process.errLines().size());
        assertThat(lines).last().asString().startsWith("fencekv-server: ").contains(words);
        assertThat(lines).as("no stack trace").noneMatch(line -> line.startsWith("\tat "));
    }
}
