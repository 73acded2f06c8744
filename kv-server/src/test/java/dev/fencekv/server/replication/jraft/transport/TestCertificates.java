package dev.fencekv.server.replication.jraft.transport;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Self-signed certificates for loopback, made by the JDK's keytool; all of one directory trust each
 * other.
 */
final class TestCertificates {
    private static final String PASSWORD = "only-for-tests";

    private final Path directory;

    private TestCertificates(Path directory) {
        this.directory = directory;
    }

    static TestCertificates inside(Path directory) throws IOException {
        return new TestCertificates(Files.createDirectories(directory));
    }

    /**
     * A peer with a certificate of its own, which trusts itself and the {@code trusted}, made
     * before.
     */
    PeerTls peer(String name, String... trusted)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = directory.resolve(name + ".p12");
        Path certificate = directory.resolve(name + ".cer");
        keytool(
                store,
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1");
        keytool(store, "-exportcert", "-alias", name, "-file", certificate.toString());
        Path trust = directory.resolve(name + ".trust.p12");
        keytool(trust, "-importcert", "-noprompt", "-alias", name, "-file", certificate.toString());
        for (String other : trusted) {
            Path theirs = directory.resolve(other + ".cer");
            keytool(trust, "-importcert", "-noprompt", "-alias", other, "-file", theirs.toString());
        }
        return contexts(store, trust);
    }

    private PeerTls contexts(Path store, Path trust) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(load(store), PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(load(trust));
        SslContext server =
                SslContextBuilder.forServer(keys)
                        .trustManager(trusted)
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3")
                        .clientAuth(ClientAuth.REQUIRE)
                        .build();
        SslContext client =
                SslContextBuilder.forClient()
                        .keyManager(keys)
                        .trustManager(trusted)
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3")
                        .build();
        return new PeerTls(() -> server, () -> client);
    }

    private static KeyStore load(Path path) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(path)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static void keytool(Path store, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(
                List.of(
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }
}
