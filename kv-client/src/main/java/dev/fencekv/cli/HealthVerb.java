package dev.fencekv.cli;

import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.PeerHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code kvcli health}. */
@Command(
        name = "health",
        description = {
            "Asks every member how it sees itself and each other member; exit code 3 if none"
                    + " answers.",
            "",
            "phi is the suspicion that a node is gone, by its own rhythm: at 1 it would be wrong"
                    + " once in ten times, at 8 once in 10^8. sync_p99_ms: 99 % of the log's syncs"
                    + " took no longer. silence_ms: how long a follower usually does not hear its"
                    + " leader. timeout_ms: the election timeout in force. pauses: how often the"
                    + " process did not run."
        },
        footer = {"", "Examples:", "  kvcli health", "  kvcli health -o json --timeout 2s"})
final class HealthVerb extends NodesHealthVerb {
    @Override
    List<Row> rows(NodeHealth health) {
        List<Row> rows = new ArrayList<>();
        rows.add(
                new Row()
                        .text("node", health.address())
                        .text("sees", "itself")
                        .text("role", health.role().name().toLowerCase(Locale.ROOT))
                        .none("phi")
                        .none("rhythm_ms")
                        .none("round_trip_ms")
                        .decimal("sync_p99_ms", health.syncP99Micros() / MICROS_PER_MS)
                        .none("silence_ms")
                        .number("timeout_ms", health.electionTimeoutMs())
                        .number("pauses", health.pauses())
                        .number("longest_pause_ms", health.longestPauseMs())
                        .none("error"));
        for (PeerHealth peer : health.peers()) {
            rows.add(
                    new Row()
                            .text("node", health.address())
                            .text("sees", peer.address())
                            .none("role")
                            .decimal("phi", peer.phi())
                            .decimal("rhythm_ms", peer.rhythmMicros() / MICROS_PER_MS)
                            .decimal("round_trip_ms", peer.roundTripMicros() / MICROS_PER_MS)
                            .decimal("sync_p99_ms", peer.syncP99Micros() / MICROS_PER_MS)
                            .number("silence_ms", peer.silenceMs())
                            .number("timeout_ms", peer.electionTimeoutMs())
                            .none("pauses")
                            .none("longest_pause_ms")
                            .none("error"));
        }
        return rows;
    }

    @Override
    Row silent(String endpoint, String why) {
        Row row = new Row().text("node", endpoint).none("sees").text("role", "silent");
        for (String name :
                List.of(
                        "phi",
                        "rhythm_ms",
                        "round_trip_ms",
                        "sync_p99_ms",
                        "silence_ms",
                        "timeout_ms",
                        "pauses",
                        "longest_pause_ms")) {
            row.none(name);
        }
        return row.text("error", why);
    }
}
