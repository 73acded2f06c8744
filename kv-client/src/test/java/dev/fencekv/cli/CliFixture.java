package dev.fencekv.cli;

import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FakeNode;
import dev.fencekv.client.FakeStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;

/** A fake node, and kvcli run in this process against it. */
abstract class CliFixture {
    final FakeStore store = new FakeStore();
    final FakeNode node = FakeNode.start(store);

    /** What one run left behind. */
    record Ran(int code, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    Ran kvcli(String... args) {
        return kvcliReading(new byte[0], args);
    }

    Ran kvcliReading(byte[] stdin, String... args) {
        List<String> all = new ArrayList<>(List.of("--endpoints", node.endpoint()));
        all.addAll(List.of(args));
        return runAlone(stdin, all);
    }

    static Ran runAlone(byte[] stdin, List<String> args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code =
                new KvCli(
                                Streams.plain(
                                        new ByteArrayInputStream(stdin),
                                        new PrintStream(out, true, StandardCharsets.UTF_8),
                                        new PrintStream(err, true, StandardCharsets.UTF_8)))
                        .execute(args.toArray(String[]::new));
        return new Ran(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    static void eventually(Callable<Boolean> holds) {
        await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(5)).until(holds);
    }

    @AfterEach
    void stop() {
        node.close();
    }
}
