package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.NodeStatus;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;

/** {@code kvcli status}. */
@Command(
        name = "status",
        description =
                "Asks every member what it knows of itself; exit code 3 if none answers. Equal"
                        + " digests at equal digest indexes mean equal states.",
        footer = {"", "Examples:", "  kvcli status", "  kvcli status -o json --timeout 2s"})
final class StatusVerb extends Verb {
    /** Whether any node has. */
    private boolean answered;

    @Override
    ExitCode run(KvClient client) {
        Map<String, Row> rows = new TreeMap<>();
        Set<String> members = new TreeSet<>();
        ask(client, kvcli().endpoints(), rows, members);
        members.removeAll(rows.keySet());
        ask(client, members, rows, new TreeSet<>());
        output().rows(List.copyOf(rows.values()), "no nodes");
        if (!answered) {
            kvcli().complain("no node answered. Check --endpoints and that the nodes run.");
        }
        return answered ? ExitCode.OK : ExitCode.UNAVAILABLE;
    }

    /** All at the same time; a node is shown by the address that it gives itself. */
    private void ask(
            KvClient client,
            Collection<String> endpoints,
            Map<String, Row> rows,
            Set<String> members) {
        Map<String, CompletableFuture<NodeStatus>> asked = new TreeMap<>();
        for (String endpoint : endpoints) {
            asked.put(endpoint, client.statusAsync(endpoint));
        }
        for (Map.Entry<String, CompletableFuture<NodeStatus>> each : asked.entrySet()) {
            try {
                NodeStatus status = each.getValue().join();
                rows.put(status.address(), row(status));
                members.addAll(status.members());
                answered = true;
            } catch (CompletionException e) {
                rows.put(each.getKey(), silent(each.getKey(), e.getCause()));
            }
        }
    }

    private static Row row(NodeStatus status) {
        return new Row()
                .text("node", status.address())
                .text("role", status.role().name().toLowerCase(Locale.ROOT))
                .text("leader", status.leader())
                .number("term", status.term())
                .number("applied", status.appliedIndex())
                .number("revision", status.revision())
                .text("digest", Long.toHexString(status.digest()) + "@" + status.digestIndex())
                .number("keys", status.keys())
                .number("sessions", status.sessions())
                .number("locks", status.locks())
                .text("version", status.version())
                .none("error");
    }

    private static Row silent(String endpoint, Throwable why) {
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
        return row.text("error", String.valueOf(why.getMessage()));
    }
}
