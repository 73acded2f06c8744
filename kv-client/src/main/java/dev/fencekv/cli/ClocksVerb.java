package dev.fencekv.cli;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.PeerHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code kvcli clocks}. */
@Command(
        name = "clocks",
        description = {
            "Asks every member how far the others' wall clocks are from its own; exit code 3 if"
                    + " none answers, 1 if a clock is not where the majority's is.",
            "",
            "For a node itself, offset_ms is its wall clock minus the clock that it stamps with,"
                    + " which does not follow jumps. Nothing in the store depends on wall clocks:"
                    + " no lease, no order of writes."
        },
        footer = {"", "Examples:", "  kvcli clocks", "  kvcli clocks -o json"})
final class ClocksVerb extends NodesHealthVerb {
    private boolean anyOutside;

    @Override
    List<Row> rows(NodeHealth health) {
        List<Row> rows = new ArrayList<>();
        rows.add(
                new Row()
                        .text("node", health.address())
                        .text("sees", "itself")
                        .decimal("offset_ms", health.wallOffsetMs())
                        .none("error_ms")
                        .text("clock", text(health.clock()))
                        .none("error"));
        note(health.clock());
        for (PeerHealth peer : health.peers()) {
            Row row = new Row().text("node", health.address()).text("sees", peer.address());
            if (peer.clockErrorMicros() == PeerHealth.NOT_KNOWN) {
                row.none("offset_ms").none("error_ms");
            } else {
                row.decimal("offset_ms", peer.clockOffsetMicros() / MICROS_PER_MS)
                        .decimal("error_ms", peer.clockErrorMicros() / MICROS_PER_MS);
            }
            rows.add(row.text("clock", text(peer.clock())).none("error"));
            note(peer.clock());
        }
        return rows;
    }

    private void note(ClockVerdict verdict) {
        anyOutside |= verdict == ClockVerdict.OUTSIDE;
    }

    @Override
    ExitCode verdict() {
        return anyOutside ? ExitCode.NEGATIVE : ExitCode.OK;
    }

    private static String text(ClockVerdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    Row silent(String endpoint, String why) {
        return new Row()
                .text("node", endpoint)
                .none("sees")
                .none("offset_ms")
                .none("error_ms")
                .none("clock")
                .text("error", why);
    }
}
