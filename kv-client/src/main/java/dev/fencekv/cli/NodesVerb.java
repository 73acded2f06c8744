package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A verb that asks each member for itself: those of {@code --endpoints}, then those that they know
 * of. Exit code 3 if none answers.
 */
abstract class NodesVerb<T> extends Verb {
    /** Whether any node has. */
    private boolean answered;

    abstract CompletableFuture<T> ask(KvClient client, String endpoint);

    /** How the node names itself. */
    abstract String address(T answer);

    abstract List<Row> rows(T answer);

    /** A node that did not answer. */
    abstract Row silent(String endpoint, String why);

    /** The client addresses of all members, as far as the node at {@code endpoint} knows. */
    abstract List<String> members(KvClient client, String endpoint, T answer);

    @Override
    final ExitCode run(KvClient client) {
        Map<String, List<Row>> rows = new TreeMap<>();
        Set<String> members = new TreeSet<>();
        askAll(client, kvcli().endpoints(), rows, members);
        members.removeAll(rows.keySet());
        askAll(client, members, rows, new TreeSet<>());
        output().rows(rows.values().stream().flatMap(List::stream).toList(), "no nodes");
        if (!answered) {
            kvcli().complain("no node answered. Check --endpoints and that the nodes run.");
        }
        return answered ? verdict() : ExitCode.UNAVAILABLE;
    }

    /** What the answers mean. */
    ExitCode verdict() {
        return ExitCode.OK;
    }

    /** All at the same time; a node is shown by the address that it gives itself. */
    private void askAll(
            KvClient client,
            Collection<String> endpoints,
            Map<String, List<Row>> rows,
            Set<String> members) {
        Map<String, CompletableFuture<T>> asked = new TreeMap<>();
        for (String endpoint : endpoints) {
            asked.put(endpoint, ask(client, endpoint));
        }
        for (Map.Entry<String, CompletableFuture<T>> each : asked.entrySet()) {
            try {
                T answer = each.getValue().join();
                answered = true;
                rows.put(address(answer), rows(answer));
                members.addAll(members(client, each.getKey(), answer));
            } catch (CompletionException e) {
                String why = String.valueOf(e.getCause().getMessage());
                rows.put(each.getKey(), List.of(silent(each.getKey(), why)));
            }
        }
    }
}
