package dev.fencekv.cli;

import dev.fencekv.client.ReadOptions;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fresh, or as of when, and under which tokens to read: the same for all verbs that read. */
final class ReadFlags {
    @Option(
            names = "--stale",
            description = "What one node has applied is fresh enough; others are not asked.")
    private boolean stale;

    @Option(
            names = "--at",
            paramLabel = "REVISION|STAMP",
            description =
                    "As of this revision, or of the last write not above this stamp, while the"
                            + " cluster still knows it. Default: now.")
    private @Nullable AsOf at;

    @Option(
            names = "--fence",
            paramLabel = "LOCK:TOKEN",
            description =
                    "Only if TOKEN is the live grant of LOCK after the read. May be repeated.")
    private List<Fence> fences = List.of();

    ReadOptions readOptions() {
        ReadOptions options = stale ? ReadOptions.STALE : ReadOptions.LINEARIZABLE;
        if (at != null) {
            options = at.revision() > 0 ? options.at(at.revision()) : options.at(at.stamp());
        }
        for (Fence fence : fences) {
            options = options.fence(fence);
        }
        return options;
    }

    /** A revision, or a stamp in its text form. Throws IllegalArgumentException. */
    static AsOf moment(String text) {
        if (!text.isEmpty() && text.chars().allMatch(each -> each >= '0' && each <= '9')) {
            try {
                return AsOf.revision(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("no revision is as high as " + text, e);
            }
        }
        return AsOf.stamp(HybridTimestamp.parse(text));
    }
}
