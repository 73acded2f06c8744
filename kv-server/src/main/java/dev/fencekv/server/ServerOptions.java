package dev.fencekv.server;

import dev.fencekv.server.replication.ReplicatorOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What an operator may say to one node. What all nodes must agree on is a replicated setting. */
final class ServerOptions {
    /** Which implementation keeps the records. */
    enum StoreKind {
        CHRONICLE,
        HEAP
    }

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file with these options, without the dashes.")
    private @Nullable Path config;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where log, snapshots and identity are kept.")
    private @Nullable Path dataDir;

    @Option(
            names = "--client-address",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7400",
            description = "Where clients reach this node (default: ${DEFAULT-VALUE}).")
    private String clientAddress = "";

    @Option(
            names = "--admin-address",
            paramLabel = "HOST:PORT",
            defaultValue = "",
            description = "HTTP for operators: /metrics, /livez, /readyz (default: none).")
    private String adminAddress = "";

    @Option(
            names = "--resp-address",
            paramLabel = "HOST:PORT",
            defaultValue = "",
            description =
                    "A port for redis-cli and Redis' clients; it knows no passwords (default:"
                            + " none).")
    private String respAddress = "";

    @Option(
            names = "--peer-address",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7401",
            description = "Where other nodes reach this node (default: ${DEFAULT-VALUE}).")
    private String peerAddress = "";

    @Option(
            names = "--peers",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "Peer addresses of all nodes, this one included, separated by commas; once a"
                            + " node belongs to a cluster, the members are what counts.")
    private List<String> peers = List.of();

    @Option(
            names = "--bootstrap",
            description =
                    "Let an empty data directory start as a member of a new cluster; without, its"
                            + " node waits to be added to one: kvcli member add.")
    private boolean bootstrap;

    @Option(
            names = "--dev",
            description =
                    "A cluster of this node alone; data in --data-dir or a temporary directory.")
    private boolean dev;

    @Option(
            names = "--store",
            paramLabel = "KIND",
            defaultValue = "chronicle",
            description = "chronicle (off-heap) or heap (default: ${DEFAULT-VALUE}).")
    private StoreKind store = StoreKind.CHRONICLE;

    @Option(
            names = "--election-timeout-ms",
            paramLabel = "MS",
            defaultValue = "400",
            description =
                    "Silence of a leader before an election, 200 to 10000 ms"
                            + " (default: ${DEFAULT-VALUE}).")
    private int electionTimeoutMs;

    @Option(
            names = "--snapshot-entries",
            paramLabel = "N",
            defaultValue = "200000",
            description =
                    "Log entries after which a snapshot is taken (default: ${DEFAULT-VALUE}).")
    private long snapshotEntries;

    @Option(
            names = "--snapshot-log-bytes",
            paramLabel = "BYTES",
            defaultValue = "268435456",
            description = "Log bytes after which a snapshot is taken (default: ${DEFAULT-VALUE}).")
    private long snapshotLogBytes;

    @Option(
            names = "--log-segment-bytes",
            paramLabel = "BYTES",
            defaultValue = "67108864",
            description = "Size of the files of the log, 2097152 to 1073741824.")
    private int logSegmentBytes;

    @Option(names = "--print-config", description = "Print the effective options and exit.")
    private boolean printConfig;

    /** Throws ParameterException, which says what to do, if the options do not go together. */
    void check() {
        wellFormed("--client-address", clientAddress);
        wellFormed("--peer-address", peerAddress);
        if (clientAddress.equals(peerAddress)) {
            throw bad("--client-address and --peer-address must not be the same: " + peerAddress);
        }
        ofItsOwn("--admin-address", adminAddress, clientAddress, peerAddress);
        ofItsOwn("--resp-address", respAddress, clientAddress, peerAddress, adminAddress);
        for (String peer : peers) {
            wellFormed("--peers", peer);
        }
        if (electionTimeoutMs < 200 || electionTimeoutMs > 10_000) {
            throw bad("--election-timeout-ms must be 200 to 10000");
        }
        if (snapshotEntries < 100 || snapshotLogBytes < 1 << 20) {
            throw bad("--snapshot-entries must be at least 100, --snapshot-log-bytes 1048576");
        }
        if (logSegmentBytes < ReplicatorOptions.LOG_SEGMENT_BYTES_MIN
                || logSegmentBytes > ReplicatorOptions.LOG_SEGMENT_BYTES_MAX) {
            throw bad("--log-segment-bytes must be 2097152 to 1073741824");
        }
        if (dev) {
            if (!peers.isEmpty()) {
                throw bad("--dev is a cluster of this node alone: leave --peers out");
            }
            return;
        }
        if (dataDir == null) {
            throw bad("say where the data is kept: --data-dir DIR (or --dev to try things out)");
        }
        if (peers.isEmpty()) {
            throw bad(
                    "name the peer addresses of all nodes: --peers A:PORT,B:PORT,C:PORT"
                            + " (or --dev for a single node)");
        }
        if (!peers.contains(peerAddress)) {
            throw bad("--peers must contain this node's --peer-address " + peerAddress);
        }
        if (peers.stream().distinct().count() != peers.size()) {
            throw bad("--peers names an address twice");
        }
    }

    /** For addresses that need not be given. */
    private void ofItsOwn(String option, String address, String... others) {
        if (address.isEmpty()) {
            return;
        }
        wellFormed(option, address);
        if (List.of(others).contains(address)) {
            throw bad(option + " must be an address of its own: " + address);
        }
    }

    private String wellFormed(String option, String address) {
        try {
            Address.parse(address);
            return address;
        } catch (IllegalArgumentException e) {
            throw bad(option + ": " + e.getMessage());
        }
    }

    private ParameterException bad(String message) {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalArgumentException(message);
        }
        return new ParameterException(known.commandLine(), message);
    }

    @Nullable Path dataDir() {
        return dataDir;
    }

    Address clientAddress() {
        return Address.parse(clientAddress);
    }

    Optional<Address> adminAddress() {
        return optional(adminAddress);
    }

    Optional<Address> respAddress() {
        return optional(respAddress);
    }

    private static Optional<Address> optional(String address) {
        return address.isEmpty() ? Optional.empty() : Optional.of(Address.parse(address));
    }

    Address peerAddress() {
        return Address.parse(peerAddress);
    }

    List<String> peers() {
        return dev ? List.of(peerAddress) : List.copyOf(peers);
    }

    boolean bootstrap() {
        return bootstrap || dev;
    }

    boolean dev() {
        return dev;
    }

    StoreKind store() {
        return store;
    }

    int electionTimeoutMs() {
        return electionTimeoutMs;
    }

    long snapshotEntries() {
        return snapshotEntries;
    }

    long snapshotLogBytes() {
        return snapshotLogBytes;
    }

    int logSegmentBytes() {
        return logSegmentBytes;
    }

    boolean printConfig() {
        return printConfig;
    }

    /** One line an option, in the form of a configuration file. */
    String effective() {
        StringBuilder text = new StringBuilder();
        line(text, "data-dir", dataDir == null ? "" : dataDir.toString());
        line(text, "client-address", clientAddress);
        line(text, "peer-address", peerAddress);
        line(text, "admin-address", adminAddress);
        line(text, "resp-address", respAddress);
        line(text, "peers", String.join(",", peers()));
        line(text, "bootstrap", Boolean.toString(bootstrap()));
        line(text, "dev", Boolean.toString(dev));
        line(text, "store", store.name().toLowerCase(Locale.ROOT));
        line(text, "election-timeout-ms", Integer.toString(electionTimeoutMs));
        line(text, "snapshot-entries", Long.toString(snapshotEntries));
        line(text, "snapshot-log-bytes", Long.toString(snapshotLogBytes));
        line(text, "log-segment-bytes", Integer.toString(logSegmentBytes));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append('=').append(value).append('\n');
    }
}
