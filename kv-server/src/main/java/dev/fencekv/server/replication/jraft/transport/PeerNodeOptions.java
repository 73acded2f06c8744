package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.option.NodeOptions;

/**
 * The engine's options of one group, and the transport that carries it: the engine hands them to
 * the client it makes, which is the one way to reach it.
 *
 * <p>Do not call {@code validate()} or {@code RaftGroupService.setNodeOptions}: they need Bolt.
 * {@code copy()} loses the transport.
 */
public final class PeerNodeOptions extends NodeOptions {
    private final PeerTransport transport;

    public PeerNodeOptions(PeerTransport transport) {
        this.transport = transport;
        setDisableCli(true);
        // Bounds what is left of the wait in connect(), see PeerClient.invokeSync.
        setRpcConnectTimeoutMs(TransportLimits.YOUNG_DIAL_MS);
    }

    public PeerTransport transport() {
        return transport;
    }
}
