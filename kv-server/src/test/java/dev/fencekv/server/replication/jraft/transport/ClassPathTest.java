package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.util.RpcFactoryHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassPathTest {
    @Test
    void theEngineFindsOurFactory() {
        assertThat(RpcFactoryHelper.rpcFactory()).isInstanceOf(PeerRpcFactory.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com/alipay/remoting/rpc/RpcServer.class", // Bolt
                "com/caucho/hessian/io/Hessian2Input.class",
                "META-INF/maven/io.netty/netty-all/pom.properties",
                "io/netty/handler/codec/http/HttpRequest.class", // comes with netty-all only
                "org/rocksdb/RocksDB.class"
            })
    void whatTheEngineDragsInIsAbsent(String resource) {
        assertThat(getClass().getClassLoader().getResource(resource)).isNull();
    }
}
