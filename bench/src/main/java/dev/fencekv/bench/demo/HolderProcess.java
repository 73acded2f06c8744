package dev.fencekv.bench.demo;

import dev.fencekv.bench.cluster.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link Holder} in its own process, which can be stopped and continued. Owned by one thread. */
final class HolderProcess implements AutoCloseable {
    private static final long LINE_WITHIN_S = 30;

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private HolderProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::readLines, "holder-output");
        reader.setDaemon(true);
        reader.start();
    }

    static HolderProcess start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-Dslf4j.internal.verbosity=ERROR");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Holder.class.getName());
        command.addAll(List.of(arguments));
        return new HolderProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    private void readLines() {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("ENDED " + e.getMessage());
        }
        lines.add("ENDED");
    }

    /** The rest of the next line, which must begin with {@code word}. */
    String expect(String word) throws InterruptedException {
        String line = next();
        if (!line.startsWith(word)) {
            throw new IllegalStateException("expected " + word + " of the worker, heard: " + line);
        }
        return line.substring(word.length()).strip();
    }

    String next() throws InterruptedException {
        String line = lines.poll(LINE_WITHIN_S, TimeUnit.SECONDS);
        if (line == null) {
            throw new IllegalStateException(
                    "the worker has said nothing for " + LINE_WITHIN_S + " s");
        }
        return line;
    }

    long pid() {
        return process.pid();
    }

    /** SIGSTOP: from here on the process does nothing and notices nothing. */
    void pause() throws IOException {
        Signals.pause(List.of(pid()));
    }

    /** SIGCONT: it goes on where it was, believing that nothing happened. */
    void resume() throws IOException {
        Signals.resume(List.of(pid()));
    }

    /** Also ends a process that is stopped. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
