package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.NodeStatus;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;

/** {@code kvcli status}. */
@Command(
        name = "status",
        description =
                "Asks every member what it knows of itself; exit code 3 if none answers. Equal"
                        + " digests at equal digest indexes mean equal states.",
        footer = {"", "Examples:", "  kvcli status", "  kvcli status -o json --timeout 2s"})
final class StatusVerb extends NodesVerb<NodeStatus> {
    @Override
    CompletableFuture<NodeStatus> ask(KvClient client, String endpoint) {
        return client.statusAsync(endpoint);
    }

    @Override
    String address(NodeStatus status) {
        return status.address();
    }

    @Override
    List<String> members(KvClient client, String endpoint, NodeStatus status) {
        return status.members();
    }

    @Override
    List<Row> rows(NodeStatus status) {
        return List.of(
                new Row()
                        .text("node", status.address())
                        .text("role", status.role().name().toLowerCase(Locale.ROOT))
                        .text("leader", status.leader())
                        .number("term", status.term())
                        .number("applied", status.appliedIndex())
                        .number("revision", status.revision())
                        .text(
                                "digest",
                                Long.toHexString(status.digest()) + "@" + status.digestIndex())
                        .number("keys", status.keys())
                        .number("sessions", status.sessions())
                        .number("locks", status.locks())
                        .text("version", status.version())
                        .none("error"));
    }

    @Override
    Row silent(String endpoint, String why) {
        Row row = new Row().text("node", endpoint).text("role", "silent");
        for (String name :
                List.of(
                        "leader",
                        "term",
                        "applied",
                        "revision",
                        "digest",
                        "keys",
                        "sessions",
                        "locks",
                        "version")) {
            row.none(name);
        }
        return row.text("error", why);
    }
}
