package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.server.FreePorts;
import java.util.List;

/** {@link FreePorts} as the engine names them. */
final class Loopback {
    private Loopback() {}

    static List<Endpoint> endpoints(int count) {
        return FreePorts.addresses(count).stream().map(Loopback::endpoint).toList();
    }

    private static Endpoint endpoint(String address) {
        int colon = address.indexOf(':');
        return new Endpoint(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }
}
