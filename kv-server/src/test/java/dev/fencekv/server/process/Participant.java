package dev.fencekv.server.process;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A program that leads, or holds a lock or a permit, in a JVM of its own so that it can be stopped
 * or killed while it does. Says {@code TOKEN n}; then, for a line on standard input:
 *
 * <ul>
 *   <li>{@code put KEY VALUE} or {@code proclaim VALUE}: {@code WROTE} what was said, or {@code
 *       REFUSED} why;
 *   <li>{@code reclaim}: {@code RECLAIMED n}, or {@code REFUSED} why.
 * </ul>
 */
final class Participant {
    /** Of a session: long enough that a busy machine ends none of those that are not stopped. */
    static final Duration SESSION_TTL = Duration.ofSeconds(5);

    private static final Duration WAIT = Duration.ofMinutes(5);

    private Participant() {}

    /** ENDPOINTS LABEL {@code leader|lock|permit} NAME. A permit is one of two. */
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
            String name = args[3];
            switch (args[2]) {
                case "leader" -> lead(client.election(name), args[1], in);
                case "permit" -> hold(client.semaphore(name, 2).permit(), in);
                default -> hold(client.lock(name), in);
            }
        }
    }

    private static void lead(LeaderElection election, String label, BufferedReader in)
            throws IOException, InterruptedException {
        System.out.println("TOKEN " + election.campaign(Value.of(label), WAIT));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String value = line.split(" ")[1];
            say("WROTE", line, () -> election.proclaim(Value.of(value)));
        }
    }

    private static void hold(FencedLock lock, BufferedReader in)
            throws IOException, InterruptedException {
        FencingToken token = lock.lock(WAIT);
        System.out.println("TOKEN " + token);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("put")) {
                say("WROTE", line, () -> lock.put(words[1], words[2]));
            } else {
                token = reclaimed(lock, token);
            }
        }
    }

    /** As a program does that has found its lock lost; the last token if it is refused. */
    private static FencingToken reclaimed(FencedLock lock, FencingToken last) {
        try {
            if (!lock.token().isNone()) {
                lock.unlock();
            }
            FencingToken token = lock.reclaim(last);
            System.out.println("RECLAIMED " + token);
            return token;
        } catch (FenceKvException e) {
            System.out.println("REFUSED " + e.getMessage());
            return last;
        }
    }

    private static void say(String done, String line, Runnable action) {
        try {
            action.run();
            System.out.println(done + " " + line);
        } catch (FenceKvException | IllegalStateException e) {
            // The latter: it knows by itself that it has lost what it had.
            System.out.println("REFUSED " + e.getMessage());
        }
    }
}
