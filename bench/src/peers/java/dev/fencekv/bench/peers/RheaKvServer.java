package dev.fencekv.bench.peers;

import com.alipay.sofa.jraft.rhea.client.DefaultRheaKVStore;
import com.alipay.sofa.jraft.rhea.options.configured.PlacementDriverOptionsConfigured;
import com.alipay.sofa.jraft.rhea.options.configured.RheaKVStoreOptionsConfigured;
import com.alipay.sofa.jraft.rhea.options.configured.RocksDBOptionsConfigured;
import com.alipay.sofa.jraft.rhea.options.configured.StoreEngineOptionsConfigured;
import com.alipay.sofa.jraft.rhea.storage.StorageType;
import com.alipay.sofa.jraft.util.Endpoint;

/** One node of RheaKV, its options left at their defaults: log and state in RocksDB, log synced. */
public final class RheaKvServer {
    static final String CLUSTER = "bench";

    private RheaKvServer() {}

    /** HOST:PORT of this node, of all nodes separated by commas, and a directory. */
    public static void main(String[] args) {
        String[] own = args[0].split(":");
        DefaultRheaKVStore node = new DefaultRheaKVStore();
        boolean started =
                node.init(
                        RheaKVStoreOptionsConfigured.newConfigured()
                                .withClusterName(CLUSTER)
                                .withInitialServerList(args[1])
                                .withStoreEngineOptions(
                                        StoreEngineOptionsConfigured.newConfigured()
                                                .withStorageType(StorageType.RocksDB)
                                                .withRocksDBOptions(
                                                        RocksDBOptionsConfigured.newConfigured()
                                                                .withDbPath(args[2] + "/db")
                                                                .config())
                                                .withRaftDataPath(args[2] + "/raft")
                                                .withServerAddress(
                                                        new Endpoint(
                                                                own[0], Integer.parseInt(own[1])))
                                                .config())
                                .withPlacementDriverOptions(
                                        PlacementDriverOptionsConfigured.newConfigured()
                                                .withFake(true)
                                                .config())
                                .config());
        if (!started) {
            System.exit(1);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(node::shutdown));
    }
}
