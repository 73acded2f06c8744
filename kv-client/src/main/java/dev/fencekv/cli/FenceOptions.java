package dev.fencekv.cli;

import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import java.util.List;
import picocli.CommandLine.Option;

/** The tokens that a write shows. */
final class FenceOptions {
    @Option(
            names = "--fence",
            paramLabel = "LOCK:TOKEN",
            description = "Only if TOKEN is the live grant of LOCK. May be repeated.")
    private List<Fence> fences = List.of();

    WriteOptions writeOptions() {
        WriteOptions options = WriteOptions.NONE;
        for (Fence fence : fences) {
            options = options.fence(fence);
        }
        return options;
    }
}
