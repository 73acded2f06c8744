package dev.fencekv.junit;

import dev.fencekv.kv.NodeStatus;
import dev.fencekv.server.Node;
import dev.fencekv.server.replication.AppliedListener;
import dev.fencekv.server.replication.FatalListener;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.state.KvStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One node of a test cluster, which may be stopped and started again. Where a server process would
 * end with a last line, it keeps that line. Safe from any thread.
 */
final class EmbeddedNode {
    private final Path directory;
    private final String clientAddress;
    private final String peerAddress;
    private final List<String> peers;
    private final KvStore.Factory stores;

    /** Null while it is stopped. Written under the monitor, read by any thread. */
    private volatile @Nullable Node running;

    /** Why it had to stop, if it had to. */
    private volatile @Nullable IllegalStateException stopped;

    EmbeddedNode(
            Path directory,
            String clientAddress,
            String peerAddress,
            List<String> peers,
            KvStore.Factory stores) {
        this.directory = directory;
        this.clientAddress = clientAddress;
        this.peerAddress = peerAddress;
        this.peers = List.copyOf(peers);
        this.stores = stores;
    }

    String clientAddress() {
        return clientAddress;
    }

    boolean isRunning() {
        return running != null;
    }

    synchronized void start() throws IOException {
        if (running != null) {
            return;
        }
        Files.createDirectories(directory);
        running =
                Node.start(
                        this::options,
                        this::hadToStop,
                        socketAddress(),
                        Optional.empty(),
                        Optional.empty());
    }

    synchronized void stop() {
        Node node = running;
        running = null;
        if (node != null) {
            node.close();
        }
    }

    /** What it says of itself; null if it is stopped, or about to be. */
    @Nullable NodeStatus status() {
        Node node = running;
        try {
            return node == null ? null : node.status();
        } catch (IllegalStateException e) {
            return null;
        }
    }

    /** Throws what made it stop, if anything has. */
    void check() {
        IllegalStateException why = stopped;
        if (why != null) {
            throw new IllegalStateException(why.getMessage(), why);
        }
    }

    private ReplicatorOptions options(FatalListener fatal, AppliedListener listener) {
        return ReplicatorOptions.of(
                        directory, peerAddress, peers, clientAddress, true, stores, fatal, listener)
                // Made faster than those of 64 MiB.
                .withLogSegmentBytes(ReplicatorOptions.LOG_SEGMENT_BYTES_MIN);
    }

    private void hadToStop(String line, Throwable cause) {
        stopped =
                new IllegalStateException("node " + clientAddress + " had to stop: " + line, cause);
    }

    private InetSocketAddress socketAddress() throws IOException {
        int colon = clientAddress.lastIndexOf(':');
        return new InetSocketAddress(
                InetAddress.getByName(clientAddress.substring(0, colon)),
                Integer.parseInt(clientAddress.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return clientAddress + (isRunning() ? "" : " (stopped)");
    }
}
