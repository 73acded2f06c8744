package dev.fencekv.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM of its own, which can be killed, stopped in its tracks and continued. What it says goes to
 * files, so that it never waits for us to read. Safe from any thread.
 */
final class JavaProcess implements AutoCloseable {
    /** How long anything may take that should happen: this machine may be busy with other work. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int LINES_SHOWN_MAX = 60;

    private final String name;
    private final Process process;
    private final Path out;
    private final Path err;

    private JavaProcess(String name, Process process, Path out, Path err) {
        this.name = name;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * @param directory where its output is kept, appended to that of earlier processes of the name
     * @param environment added to ours
     */
    static JavaProcess start(
            String name, Path directory, Map<String, String> environment, List<String> command) {
        Path out = directory.resolve(name + ".out");
        Path err = directory.resolve(name + ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                        .redirectError(ProcessBuilder.Redirect.appendTo(err.toFile()));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("FENCEKV_"));
        builder.environment().putAll(environment);
        try {
            return new JavaProcess(name, builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL: it does nothing more, not even what it had begun. Also ends a stopped process. */
    void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** SIGTERM: asks it to end in good order. */
    void terminate() {
        process.destroy();
    }

    /** SIGSTOP: from here on it does nothing and notices nothing. */
    void pause() {
        signal("STOP");
    }

    /** SIGCONT: it goes on where it was, believing that nothing happened. */
    void resume() {
        signal("CONT");
    }

    private void signal(String signal) {
        try {
            Process kill =
                    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .inheritIO()
                            .start();
            if (!kill.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("cannot send SIG" + signal + " to " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The exit code; fails if it does not end. */
    int awaitExit() {
        return awaitExit(PATIENCE);
    }

    /** As {@link #awaitExit()}, of what has much to do. */
    int awaitExit(Duration patience) {
        try {
            if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(name + " should have ended but still runs");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Writes a line to its standard input; it may read that whenever it runs. */
    void tell(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it and earlier processes of its name have written to standard output. */
    List<String> outLines() {
        return lines(out);
    }

    /** What it and earlier processes of its name have written to standard error. */
    List<String> errLines() {
        return lines(err);
    }

    private static List<String> lines(Path file) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For people who look at a failed test. */
    String lastWords() {
        List<String> all = errLines();
        List<String> last = all.subList(Math.max(0, all.size() - LINES_SHOWN_MAX), all.size());
        return "--- "
                + name
                + (isAlive() ? " (runs)" : " (ended)")
                + "\n"
                + String.join("\n", last);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
