package dev.fencekv.server.resp;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.io.IoThreads;
import dev.fencekv.kv.NodeStatus;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The RESP port of a node, wired together: connections, commands, and the client by which they
 * reach the cluster. That client begins at this node and follows the leader, so every node serves
 * everything. Safe from any thread.
 */
public final class RespFrontDoor implements AutoCloseable {
    private static final long CLOSE_SECONDS_MAX = 3;

    private final RespLimits limits;
    private final String ownClientAddress;
    private final EventLoopGroup eventLoops;
    private final RespTally tally = new RespTally();
    private final LockSessions sessions;
    private final KvClient client;
    private final RespServer server;

    private RespFrontDoor(
            InetSocketAddress bind,
            String ownClientAddress,
            String release,
            Supplier<NodeStatus> status,
            RespLimits limits)
            throws IOException {
        this.limits = limits;
        this.ownClientAddress = ownClientAddress;
        this.eventLoops = IoThreads.acquire();
        this.sessions = new LockSessions(this::client, limits.lockSessionsMax(), tally);
        this.client = client("resp on " + ownClientAddress);
        Commands commands =
                new Commands(
                        new ConnectionCommands(release, () -> info(release, status.get())), client);
        try {
            this.server = new RespServer(bind, commands, sessions, limits, tally);
        } catch (IOException e) {
            client.closeAsync().join();
            IoThreads.release();
            throw e;
        }
    }

    /**
     * Listens on {@code bind} and nothing else.
     *
     * @param ownClientAddress {@code host:port} where this node takes clients
     * @param release of this program
     * @param status for INFO
     * @throws IOException naming the address, if it cannot be listened on
     */
    public static RespFrontDoor start(
            InetSocketAddress bind,
            String ownClientAddress,
            String release,
            Supplier<NodeStatus> status)
            throws IOException {
        return new RespFrontDoor(bind, ownClientAddress, release, status, RespLimits.DEFAULT);
    }

    /** On the threads that serve this node's other sockets. */
    private KvClient client(String label) {
        return FenceKv.builder()
                .endpoints(ownClientAddress)
                .label(label)
                .requestTimeout(limits.requestTimeout())
                .eventLoops(eventLoops)
                .build();
    }

    /** Where it listens; the port is the real one, also if it was asked for as 0. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** What it has had to do. */
    public RespCounts counts() {
        return tally.counts();
    }

    private String info(String release, NodeStatus status) {
        return String.join(
                "\r\n",
                "# Server",
                "redis_version:" + ConnectionCommands.REDIS_VERSION,
                "redis_mode:standalone",
                "fencekv_version:" + release,
                "fencekv_cluster:" + status.cluster(),
                "fencekv_node_role:" + status.role().name().toLowerCase(Locale.ROOT),
                "fencekv_leader:" + status.leader(),
                "fencekv_revision:" + status.revision(),
                "",
                "# Clients",
                "connected_clients:" + counts().connections(),
                "",
                "# Replication",
                "role:master",
                "connected_slaves:0",
                "",
                "# Keyspace",
                "db0:keys=" + status.keys(),
                "");
    }

    /** Closes all connections, their locks given back. Takes some seconds at most; blocks. */
    @Override
    public void close() {
        server.close();
        CompletableFuture.allOf(sessions.closed(), client.closeAsync())
                .completeOnTimeout(null, CLOSE_SECONDS_MAX, TimeUnit.SECONDS)
                .join();
        IoThreads.release();
    }
}
