package dev.fencekv.server.process;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A program that holds a lock, in a JVM of its own so that it can be stopped: takes the lock, reads
 * a key, waits until it is told to go on, and writes the key as if nothing had happened meanwhile.
 *
 * <p>Says {@code TOKEN n}, {@code HELD true}, and after any line on standard input {@code WROTE} or
 * {@code REFUSED why}.
 */
final class LockHolder {
    static final Duration SESSION_TTL = Duration.ofSeconds(2);

    private LockHolder() {}

    /** ENDPOINTS LABEL LOCK KEY VALUE. */
    public static void main(String[] args) throws IOException, InterruptedException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (KvClient client =
                FenceKv.builder()
                        .endpoints(args[0].split(","))
                        .label(args[1])
                        .sessionTtl(SESSION_TTL)
                        .requestTimeout(Duration.ofSeconds(30))
                        .build()) {
            FencedLock lock = client.lock(args[2]);
            System.out.println("TOKEN " + lock.lock(Duration.ofSeconds(60)));
            System.out.println("HELD " + lock.isHeld());
            in.readLine();
            try {
                lock.put(args[3], args[4]);
                System.out.println("WROTE");
            } catch (FenceKvException e) {
                System.out.println("REFUSED " + e.getMessage());
            }
        }
    }
}
