package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.util.Endpoint;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PeerTlsIT {
    @TempDir private Path directory;
    private final List<Endpoint> endpoints = Loopback.endpoints(2);
    private PeerTls good;

    @BeforeEach
    void certificates() throws Exception {
        good = TestCertificates.inside(directory).peer("good");
    }

    private Object callWith(@Nullable PeerTls tls) {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1, TestPeer.CLUSTER, tls);
                TestPeer b =
                        new TestPeer(endpoints.get(1), 2, TestPeer.CLUSTER, good).listening()) {
            b.serving(
                    ReadIndexRequest.class,
                    (context, request) -> context.sendResponse(TestPeer.indexRead(1)));
            return a.call(b, a.readIndex(), 20_000).first.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void bothSidesProveWhoTheyAreWithTls13() {
        assertThat(callWith(good)).isInstanceOf(ReadIndexResponse.class);
    }

    @Test
    void aCertificateThatNobodyTrustsIsNotLetIn() throws Exception {
        assertThat(callWith(TestCertificates.inside(directory).peer("bad")))
                .isInstanceOf(RemotingException.class);
    }

    @Test
    void aCertificateThatOnlyTheServerMistrustsIsNotLetInEither() throws Exception {
        assertThat(callWith(TestCertificates.inside(directory).peer("bad", "good")))
                .isInstanceOf(RemotingException.class);
    }

    @Test
    void theIdentityIsShownTheCertificateThatTheOtherSideHasProven() {
        Queue<Certificate> shown = new ConcurrentLinkedQueue<>();
        PeerIdentity strict =
                new PeerIdentity() {
                    @Override
                    public PeerHello local() {
                        return new PeerHello(
                                TestPeer.CLUSTER,
                                2,
                                endpoints.get(1).toString(),
                                "127.0.0.1:7400",
                                1);
                    }

                    @Override
                    public Verdict judge(PeerHello remote, List<Certificate> certificates) {
                        shown.addAll(certificates);
                        return Verdict.refuse("not the certificate of " + remote.address());
                    }

                    @Override
                    public void onRefused(String byAddress, String reason) {}
                };
        try (TestPeer a = new TestPeer(endpoints.get(0), 1, TestPeer.CLUSTER, good);
                PeerTransport b =
                        new PeerTransport(
                                PeerTransportOptions.plaintext(endpoints.get(1), strict)
                                        .withTls(good))) {
            b.server().init(null);
            a.client.checkConnection(endpoints.get(1), true);
            await().until(() -> !a.refusals.isEmpty());
            assertThat(a.refusals.get(0)).contains("not the certificate of");
            assertThat(shown)
                    .first()
                    .isInstanceOfSatisfying(
                            X509Certificate.class,
                            c ->
                                    assertThat(c.getSubjectX500Principal().getName())
                                            .isEqualTo("CN=good"));
        }
    }

    @Test
    void plaintextIsNotLetIn() {
        assertThat(callWith(null)).isInstanceOf(RemotingException.class);
    }
}
