package dev.fencekv.bench.torture;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.client.WriteResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes down what the clients of one process do, each event before or after it as the verdict
 * needs: a call before it is sent, a return after it came. Events carry the machine's monotonic
 * clock, which all processes share, so that their files can be merged.
 *
 * <p>Safe from any thread.
 */
final class HistoryWriter implements AutoCloseable {
    private final Writer out;

    HistoryWriter(Path file) throws IOException {
        this.out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    }

    void invoke(long process, String name, String key, Object value) {
        write(process, "invoke", name, key, value);
    }

    void ok(long process, String name, String key, Object value) {
        write(process, "ok", name, key, value);
    }

    /** A write was acknowledged, with its place in history. */
    void written(long process, String name, String key, Object value, WriteResult result) {
        write(
                event(process, "ok", name, key, value)
                        .put("revision", result.revision())
                        .put("stamp", result.stamp().packed()));
    }

    void fail(long process, String name, String key, Object value) {
        write(process, "fail", name, key, value);
    }

    /** The outcome is unknown. */
    void info(long process, String name, String key, Object value) {
        write(process, "info", name, key, value);
    }

    private void write(long process, String type, String name, String key, Object value) {
        write(event(process, type, name, key, value));
    }

    private static JsonObject event(
            long process, String type, String name, String key, Object value) {
        return new JsonObject()
                .put("at", System.nanoTime())
                .put("process", process)
                .put("type", type)
                .put("f", name)
                .put("key", key)
                .put("value", value);
    }

    private synchronized void write(JsonObject event) {
        try {
            out.write(Json.write(event));
            out.write('\n');
            // A process that is killed has said all that it did.
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
