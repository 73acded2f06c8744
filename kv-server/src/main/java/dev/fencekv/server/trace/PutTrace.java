package dev.fencekv.server.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Notes when a put passes each stage, if the process was started with {@code -Dfencekv.trace=FILE},
 * and writes the medians to that file when it ends; {@code scripts/bench stages} does so. Off, it
 * costs nothing: the flag is a constant to the compiler.
 *
 * <p>Assumptions: (1) one put is under way at a time. Ticks, renewals and heartbeats may disturb
 * one: what was not passed in order is left out.
 *
 * <p>Safe from any thread.
 */
public final class PutTrace {
    private static final @Nullable String FILE = System.getProperty("fencekv.trace");
    private static final boolean ON = FILE != null;

    private static final Stage[] ON_LEADER = {
        Stage.READ,
        Stage.DECODED,
        Stage.SEALED,
        Stage.PROPOSED,
        Stage.FORWARDED,
        Stage.ACKNOWLEDGED,
        Stage.DELIVERED,
        Stage.APPLIED,
        Stage.ENCODED,
        Stage.REPLIED
    };
    private static final Stage[] LEADERS_LOG = {Stage.PROPOSED, Stage.LOG_BEGUN, Stage.LOG_SYNCED};
    private static final Stage[] ON_FOLLOWER = {
        Stage.FOLLOWER_READ, Stage.LOG_BEGUN, Stage.LOG_SYNCED, Stage.FOLLOWER_ANSWERED
    };

    private static final StagePath LEADER = new StagePath("leader", ON_LEADER);
    private static final StagePath LOG =
            new StagePath("leader, its own log meanwhile", LEADERS_LOG);
    private static final StagePath FOLLOWER = new StagePath("follower", ON_FOLLOWER);

    /** When each stage was last passed; 0 = not since the put began. */
    private static final AtomicLongArray PASSED = new AtomicLongArray(Stage.values().length);

    static {
        if (FILE != null) {
            Path file = Path.of(FILE);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> write(file), "fencekv-trace"));
        }
    }

    private PutTrace() {}

    public static boolean isOn() {
        return ON;
    }

    /** The put passes {@code stage}; of several calls for one put the first counts. */
    public static void mark(Stage stage) {
        if (ON) {
            passed(stage, System.nanoTime());
        }
    }

    private static void passed(Stage stage, long nanos) {
        if (stage == Stage.READ || stage == Stage.FOLLOWER_READ) {
            for (int i = 0; i < PASSED.length(); i++) {
                PASSED.set(i, 0);
            }
        }
        PASSED.compareAndSet(stage.ordinal(), 0, nanos);
        if (stage == Stage.REPLIED) {
            LEADER.add(PASSED);
            LOG.add(PASSED);
        } else if (stage == Stage.FOLLOWER_ANSWERED) {
            FOLLOWER.add(PASSED);
        }
    }

    private static void write(Path file) {
        try {
            Files.writeString(
                    file,
                    "{\"paths\": [\n  "
                            + LEADER.toJson()
                            + ",\n  "
                            + LOG.toJson()
                            + ",\n  "
                            + FOLLOWER.toJson()
                            + "]}\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the trace " + file, e);
        }
    }
}
