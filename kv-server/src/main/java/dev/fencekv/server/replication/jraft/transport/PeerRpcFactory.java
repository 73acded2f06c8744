package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/**
 * How the engine finds us: one instance per process, made by its service loader, so it knows
 * nothing of any node.
 *
 * <p>A client learns its transport at {@code init}, from {@link PeerNodeOptions}; a server is not
 * made here at all but handed to {@code RaftGroupService} by {@link PeerTransport#server}.
 */
@SPI(priority = 10)
public final class PeerRpcFactory implements RaftRpcFactory {
    /** Nothing to register: what may cross the peer port is a fixed table. */
    @Override
    public void registerProtobufSerializer(String className, Object... args) {}

    @Override
    public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
        RpcClient client = new PeerClient();
        if (helper != null) {
            helper.config(client);
        }
        return client;
    }

    @Override
    public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> helper) {
        throw new UnsupportedOperationException(
                "a server needs an identity: build a PeerTransport and pass its server() to RaftGroupService");
    }

    @Override
    public boolean isReplicatorPipelineEnabled() {
        return true;
    }
}
