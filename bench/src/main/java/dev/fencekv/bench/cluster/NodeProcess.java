package dev.fencekv.bench.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One server process that we started, in a directory of its own. Owned by one thread, except that
 * {@link #kill} may be called from any.
 */
public final class NodeProcess {
    private static final long STOP_SECONDS_MAX = 10;
    private static final int LOG_LINES = 8;

    private final String name;
    private final Path dir;
    private final List<String> command;
    private volatile Process process;

    private NodeProcess(String name, Path dir, List<String> command) throws IOException {
        this.name = name;
        this.dir = dir;
        this.command = List.copyOf(command);
        this.process = launch();
    }

    /** Its output goes to {@code server.log} in {@code dir}, which is made if need be. */
    public static NodeProcess start(String name, Path dir, List<String> command)
            throws IOException {
        Files.createDirectories(dir);
        return new NodeProcess(name, dir, command);
    }

    private Process launch() throws IOException {
        File log = dir.resolve("server.log").toFile();
        return new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
    }

    public String name() {
        return name;
    }

    public Path dir() {
        return dir;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and SIGKILL if that does not help. */
    public void stop() {
        process.destroy();
        try {
            // One that was paused would not notice.
            Signals.resume(List.of(process.pid()));
        } catch (IOException e) {
            // It has ended by itself.
        }
        try {
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The same command in the same directory, once it has stopped. */
    public void startAgain() throws IOException {
        if (process.isAlive()) {
            throw new IllegalStateException(name + " still runs");
        }
        process = launch();
    }

    /** Throws, with the last lines of its log, if it has stopped. */
    public void checkAlive() {
        if (process.isAlive()) {
            return;
        }
        List<String> lines = new ArrayList<>();
        try {
            lines = Files.readAllLines(dir.resolve("server.log"));
        } catch (IOException e) {
            lines.add("its log cannot be read: " + e.getMessage());
        }
        List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
        throw new IllegalStateException(
                name + " has stopped. The end of its log:\n" + String.join("\n", last));
    }
}
