package dev.fencekv.bench.cluster;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import java.util.List;

/** A FenceKV cluster that others run: measured, never signalled. Owned by one thread. */
public final class GivenCluster implements Cluster {
    private final List<String> endpoints;
    private final KvClient admin;

    public GivenCluster(List<String> endpoints) {
        this.endpoints = List.copyOf(endpoints);
        this.admin = FenceKv.builder().endpoints(endpoints).build();
    }

    @Override
    public String store() {
        NodeStatus status = FenceKvCluster.status(admin, endpoints.get(0));
        return "FenceKV " + (status == null ? "" : status.version());
    }

    @Override
    public String durability() {
        return "fsync on a majority before acknowledging";
    }

    @Override
    public int nodes() {
        NodeStatus status = FenceKvCluster.status(admin, endpoints.get(0));
        return status == null ? endpoints.size() : status.members().size();
    }

    @Override
    public List<String> endpoints() {
        return endpoints;
    }

    @Override
    public List<Server> servers() {
        return List.of();
    }

    @Override
    public int leader() {
        for (int n = 0; n < endpoints.size(); n++) {
            NodeStatus status = FenceKvCluster.status(admin, endpoints.get(n));
            if (status != null && status.role() == NodeRole.LEADER) {
                return n;
            }
        }
        return -1;
    }

    @Override
    public void close() {
        admin.close();
    }
}
