package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.NodeHealth;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A verb that asks each member how it sees itself and the others. */
abstract class NodesHealthVerb extends NodesVerb<NodeHealth> {
    static final double MICROS_PER_MS = 1000;

    @Override
    final CompletableFuture<NodeHealth> ask(KvClient client, String endpoint) {
        return client.healthAsync(endpoint);
    }

    @Override
    final String address(NodeHealth health) {
        return health.address();
    }

    @Override
    final List<String> members(KvClient client, String endpoint, NodeHealth health) {
        try {
            return client.status(endpoint).members();
        } catch (FenceKvException e) {
            // It has answered, and is shown; others may know the members.
            return List.of();
        }
    }
}
