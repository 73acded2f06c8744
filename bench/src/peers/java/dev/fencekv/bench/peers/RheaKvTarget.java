package dev.fencekv.bench.peers;

import com.alipay.sofa.jraft.rhea.client.DefaultRheaKVStore;
import com.alipay.sofa.jraft.rhea.options.RheaKVStoreOptions;
import com.alipay.sofa.jraft.rhea.options.configured.MultiRegionRouteTableOptionsConfigured;
import com.alipay.sofa.jraft.rhea.options.configured.PlacementDriverOptionsConfigured;
import com.alipay.sofa.jraft.rhea.options.configured.RheaKVStoreOptionsConfigured;
import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * SOFAJRaft's RheaKV through its own client, which finds the leader itself and lets concurrent puts
 * share a command (its default). Its locks block, and nothing checks their tokens.
 */
public final class RheaKvTarget implements Target {
    private static final long ONLY_REGION = -1;
    private static final long LEADER_WITHIN_MS = 5_000;

    private List<DefaultRheaKVStore> stores = List.of();

    @Override
    public void connect(List<String> endpoints, int connections) {
        stores = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            DefaultRheaKVStore store = new DefaultRheaKVStore();
            if (!store.init(options(endpoints))) {
                throw new IllegalStateException("RheaKV cannot be reached");
            }
            // It does not look for one at the first put.
            store.getPlacementDriverClient().getLeader(ONLY_REGION, true, LEADER_WITHIN_MS);
            stores.add(store);
        }
    }

    private static RheaKVStoreOptions options(List<String> endpoints) {
        return RheaKVStoreOptionsConfigured.newConfigured()
                .withClusterName(RheaKvServer.CLUSTER)
                .withPlacementDriverOptions(
                        PlacementDriverOptionsConfigured.newConfigured()
                                .withFake(true)
                                .withRegionRouteTableOptionsList(
                                        MultiRegionRouteTableOptionsConfigured.newConfigured()
                                                .withInitialServerList(
                                                        ONLY_REGION, String.join(",", endpoints))
                                                .config())
                                .config())
                .config();
    }

    @Override
    public boolean supports(Operation operation) {
        return operation == Operation.PUT || operation == Operation.GET_LINEARIZABLE;
    }

    @Override
    public void prepare(Operation operation) {}

    @Override
    public int leader(List<String> endpoints) {
        Endpoint leader =
                stores.get(0)
                        .getPlacementDriverClient()
                        .getLeader(ONLY_REGION, true, LEADER_WITHIN_MS);
        return endpoints.indexOf(leader.toString());
    }

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        finish(stores.get(connection).put(key, value), Boolean.TRUE, completion);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        switch (operation) {
            case PUT -> load(connection, key, value, completion);
            case GET_LINEARIZABLE ->
                    finish(
                            stores.get(connection).get(key).thenApply(found -> found != null),
                            Boolean.TRUE,
                            completion);
            default -> throw new UnsupportedOperationException();
        }
    }

    private static void finish(CompletableFuture<?> result, Object wanted, Completion completion) {
        result.whenComplete(
                (answer, failure) ->
                        completion.completed(
                                failure == null && !wanted.equals(answer)
                                        ? new IllegalStateException("REFUSED")
                                        : failure));
    }

    @Override
    public String statusOf(Throwable failure) {
        Throwable cause = failure.getCause();
        return (failure instanceof CompletionException && cause != null ? cause : failure)
                .getClass()
                .getSimpleName();
    }

    @Override
    public void close() {
        stores.forEach(DefaultRheaKVStore::shutdown);
    }
}
