package dev.fencekv.server.process;

import dev.fencekv.server.FenceKvServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts JVMs for a test, in a directory of the test's own, and ends all of them with it, however
 * it ends. If it fails, their last words are shown and the directory is kept.
 */
final class Processes implements BeforeEachCallback, AfterEachCallback {
    static final String SERVER = FenceKvServer.class.getName();

    private final List<JavaProcess> started = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> closedFirst = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::endAll, "end-processes");
    private Path home = Path.of("");

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        String test =
                context.getRequiredTestClass().getSimpleName()
                        + "-"
                        + context.getRequiredTestMethod().getName();
        home = target().resolve("processes").resolve(test);
        delete(home);
        Files.createDirectories(home);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        for (AutoCloseable each : closedFirst) {
            closeQuietly(each);
        }
        boolean failed = context.getExecutionException().isPresent();
        if (failed) {
            started.forEach(process -> System.out.println(process.lastWords()));
        }
        endAll();
        Runtime.getRuntime().removeShutdownHook(atExit);
        for (JavaProcess process : started) {
            process.awaitExit();
        }
        started.clear();
        closedFirst.clear();
        if (!failed) {
            delete(home);
        }
    }

    private void endAll() {
        started.forEach(JavaProcess::close);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            System.out.println("while closing: " + e);
        }
    }

    /** Is closed before the processes are ended: a client still has somebody to say goodbye to. */
    <T extends AutoCloseable> T closing(T closeable) {
        closedFirst.add(closeable);
        return closeable;
    }

    /** The test's own directory. */
    Path home() {
        return home;
    }

    /** A node in the foreground of a JVM of its own. */
    JavaProcess server(String name, List<String> options) {
        return server(name, Map.of(), "", options);
    }

    /**
     * @param environment added to ours
     * @param limit what the shell does before it becomes the server, such as {@code ulimit -f 4096}
     */
    JavaProcess server(
            String name, Map<String, String> environment, String limit, List<String> options) {
        List<String> command = new ArrayList<>();
        if (!limit.isEmpty()) {
            command.addAll(List.of("bash", "-c", limit + "; exec \"$@\"", "limited"));
        }
        List<String> jvm = jvm(name, "@" + jvmOptions());
        command.addAll(jvm);
        command.addAll(ServerImage.options(jvm, home));
        command.add(SERVER);
        command.addAll(options);
        return started(JavaProcess.start(name, home, environment, command));
    }

    /** A program of the tests in a JVM of its own. */
    JavaProcess program(String name, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(jvm(name));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return started(JavaProcess.start(name, home, Map.of(), command));
    }

    /** Another program, not a JVM. */
    JavaProcess command(String name, Map<String, String> environment, List<String> command) {
        return started(JavaProcess.start(name, home, environment, command));
    }

    private JavaProcess started(JavaProcess process) {
        started.add(process);
        return process;
    }

    /** A JVM that starts fast and is content with little. */
    private List<String> jvm(String name, String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-ea"));
        // What a killed process leaves behind goes with the test.
        command.add("-Djava.io.tmpdir=" + directory(name + ".tmp"));
        return command;
    }

    private Path directory(String name) {
        try {
            return Files.createDirectories(home.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jvmOptions() {
        return target().getParent().getParent().resolve("scripts").resolve("jvm.options");
    }

    /** The build directory of the module, also when an IDE runs the tests at the root. */
    private static Path target() {
        Path here = Path.of("").toAbsolutePath();
        Path module = here.endsWith("kv-server") ? here : here.resolve("kv-server");
        return module.resolve("target");
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
