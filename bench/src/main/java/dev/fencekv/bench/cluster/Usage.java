package dev.fencekv.bench.cluster;

import dev.fencekv.bench.json.JsonObject;
import java.util.List;

/**
 * What a measured window cost.
 *
 * @param clientCpuSeconds of the process that offered the load
 * @param otherCpuSeconds of everything else on the machine: other people's work, kernel threads; an
 *     estimate to a second or so
 */
public record Usage(List<ServerUsage> servers, double clientCpuSeconds, double otherCpuSeconds) {
    public JsonObject toJson() {
        return new JsonObject()
                .put("servers", servers.stream().map(ServerUsage::toJson).toList())
                .put("clientCpuSeconds", clientCpuSeconds)
                .put("otherCpuSeconds", otherCpuSeconds);
    }

    public static Usage ofJson(JsonObject json) {
        return new Usage(
                json.objects("servers").stream().map(ServerUsage::ofJson).toList(),
                json.number("clientCpuSeconds"),
                json.number("otherCpuSeconds"));
    }
}
