package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.NetUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "0.0.0.0",
                "255.255.255.255",
                "1.2.3.04",
                "::1",
                "fe80::1",
                "2001:db8::7334",
            })
    void addressesNeedNoLookup(String host) {
        assertThat(Endpoints.isAddress(host)).isTrue();
        assertThat(NetUtil.createByteArrayFromIpAddressString(host)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.",
                "1.2.3.0004",
                "1.2.3.x",
                "12345",
                "fe80",
                "",
            })
    void namesDo(String host) {
        assertThat(Endpoints.isAddress(host)).isFalse();
        assertThat(NetUtil.createByteArrayFromIpAddressString(host)).isNull();
    }
}
