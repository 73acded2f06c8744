package dev.fencekv.bench.cluster;

import dev.fencekv.bench.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where and when something was measured.
 *
 * @param loadAverage of the minute before: work of others that was in the way
 * @param disk the file system under the data
 */
public record Machine(
        String cpu,
        int cores,
        String memory,
        String os,
        String jdk,
        String disk,
        double loadAverage) {
    public static Machine now(Path data) {
        return new Machine(
                ProcessFiles.value(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                ProcessFiles.value(Path.of("/proc/meminfo"), "MemTotal"),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                disk(data),
                ProcessFiles.loadAverage());
    }

    private static String disk(Path data) {
        try {
            return Files.getFileStore(data).type();
        } catch (IOException e) {
            return "unknown";
        }
    }

    /** For people. */
    public List<String> lines() {
        return List.of(
                cores + " x " + cpu + ", " + memory + ", " + disk,
                os + ", " + jdk + "; load average before " + loadAverage);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("cpu", cpu)
                .put("cores", cores)
                .put("memory", memory)
                .put("os", os)
                .put("jdk", jdk)
                .put("disk", disk)
                .put("loadAverageBefore", loadAverage);
    }

    public static Machine ofJson(JsonObject json) {
        return new Machine(
                json.text("cpu"),
                (int) json.whole("cores"),
                json.text("memory"),
                json.text("os"),
                json.text("jdk"),
                json.text("disk"),
                json.number("loadAverageBefore"));
    }
}
