package dev.fencekv.server;

import ch.qos.logback.classic.LoggerContext;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.server.faults.FaultyWallClock;
import dev.fencekv.server.replication.AppliedListener;
import dev.fencekv.server.replication.FatalListener;
import dev.fencekv.server.replication.FileFailure;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.replication.StartRefusedException;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The server program: one node in the foreground until it is told to stop or has to. */
@Command(
        name = "fencekv-server",
        mixinStandardHelpOptions = true,
        versionProvider = FenceKvServer.Version.class,
        sortOptions = false,
        description = "Runs one FenceKV node in the foreground; SIGTERM stops it cleanly.",
        footer = {
            "",
            "Options may also stand in the environment (FENCEKV_DATA_DIR) or in a properties",
            "file (data-dir=...); the command line wins, then the environment, then the file.",
            "",
            "Try it:       fencekv-server --dev",
            "Three nodes:  fencekv-server --bootstrap --data-dir DIR --client-address HOST:7400 \\",
            "                --peer-address HOST:7401 --peers HOST1:7401,HOST2:7401,HOST3:7401"
        })
public final class FenceKvServer implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(FenceKvServer.class);

    private static final int HELP_COLUMNS = 100;

    private static final int EXIT_OK = 0;
    private static final int EXIT_FAILED = 1;

    /** What is not stopped by then is cut off; nothing acknowledged is lost by that. */
    private static final long STOP_SECONDS_MAX = 20;

    @Mixin private ServerOptions options = new ServerOptions();

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fencekv-server " + Node.version()};
        }
    }

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        OptionSources sources;
        try {
            sources = OptionSources.read(args, System.getenv());
        } catch (IOException e) {
            System.err.println(
                    "fencekv-server: cannot read the file of --config: " + FileFailure.of(e));
            return CommandLine.ExitCode.USAGE;
        }
        CommandLine commandLine =
                new CommandLine(new FenceKvServer())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setUsageHelpWidth(HELP_COLUMNS)
                        .setDefaultValueProvider(sources)
                        .setParameterExceptionHandler(FenceKvServer::usageError);
        commandLine.setExecutionStrategy(
                parsed -> {
                    if (!parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
                        sources.checkAllKnown(parsed.commandSpec());
                    }
                    return new CommandLine.RunLast().execute(parsed);
                });
        return commandLine.execute(args);
    }

    private static int usageError(CommandLine.ParameterException e, String[] args) {
        System.err.println("fencekv-server: " + e.getMessage() + " (see --help)");
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() throws InterruptedException {
        options.check();
        if (options.printConfig()) {
            System.out.print(options.effective());
            return EXIT_OK;
        }
        try {
            return serve();
        } catch (StartRefusedException | IOException | IllegalArgumentException e) {
            sayLast(e.getMessage());
            return EXIT_FAILED;
        }
    }

    private int serve() throws IOException, InterruptedException {
        JvmFlags.check();
        InetSocketAddress clients = options.clientAddress().resolveForListening();
        options.peerAddress().resolveForListening();
        Optional<InetSocketAddress> operators =
                options.adminAddress().map(Address::resolveForListening);
        Optional<InetSocketAddress> resp = options.respAddress().map(Address::resolveForListening);
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Path dataDir = dataDir();
        Node node =
                Node.start(
                        (fatal, listener) -> replicatorOptions(dataDir, fatal, listener),
                        FenceKvServer::die,
                        clients,
                        operators,
                        resp);
        log.info(
                "serving clients={} peers={} version={}",
                options.clientAddress(),
                options.peerAddress(),
                Node.version());
        if (options.dev()) {
            log.info(
                    "a single node for trying things out: kvcli --endpoints {}",
                    options.clientAddress());
        }
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    stop.countDown();
                                    awaitQuietly(stopped);
                                },
                                "fencekv-shutdown"));
        stop.await();
        log.info("stopping");
        try {
            node.close();
            log.info("stopped");
            stopLogging();
        } finally {
            stopped.countDown();
        }
        return EXIT_OK;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                log.warn("gave up waiting for a clean stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path dataDir() throws IOException {
        Path configured = options.dataDir();
        if (configured != null) {
            return configured;
        }
        Path temporary = Files.createTempDirectory("fencekv-dev-");
        log.info("data is kept in {} and left there", temporary);
        return temporary;
    }

    private ReplicatorOptions replicatorOptions(
            Path dataDir, FatalListener fatal, AppliedListener listener) {
        return ReplicatorOptions.of(
                        dataDir,
                        options.peerAddress().toString(),
                        options.peers(),
                        options.clientAddress().toString(),
                        options.bootstrap(),
                        storeFactory(),
                        fatal,
                        listener)
                .withClocks(
                        FaultyWallClock.unlessTrue(MonotonicClock.SYSTEM), MonotonicClock.SYSTEM)
                .withElectionTimeoutMs(options.electionTimeoutMs())
                .withLogSegmentBytes(options.logSegmentBytes())
                .withSnapshotThresholds(
                        options.snapshotEntries(),
                        options.snapshotLogBytes(),
                        ReplicatorOptions.SNAPSHOT_SET_ASIDE_BYTES);
    }

    private KvStore.Factory storeFactory() {
        return switch (options.store()) {
            case CHRONICLE -> ChronicleKvStore::open;
            case HEAP -> HeapKvStore::open;
        };
    }

    /**
     * The node must stop at once: not in good order, because what is broken (a disk, the state)
     * might be used again on the way out.
     */
    private static void die(String line, Throwable cause) {
        if (cause instanceof PoisonedException) {
            log.error("this is a bug, please report it with these lines", cause);
        }
        sayLast(line);
        Runtime.getRuntime().halt(EXIT_FAILED);
    }

    private static void sayLast(@Nullable String line) {
        stopLogging();
        System.err.println("fencekv-server: " + line);
    }

    /** The last line says why the node ended, whatever other threads would like to add. */
    private static void stopLogging() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }
}
