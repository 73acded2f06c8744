package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import java.time.Duration;
import java.util.List;

/**
 * The client that a shell keeps over all its verbs, and what it was made with: a verb that asks for
 * something else gets one of its own.
 */
record KeptClient(KvClient client, List<String> endpoints, Duration timeout) {
    KeptClient {
        endpoints = List.copyOf(endpoints);
    }

    boolean serves(List<String> wantedEndpoints, Duration wantedTimeout) {
        return endpoints.equals(wantedEndpoints) && timeout.equals(wantedTimeout);
    }
}
