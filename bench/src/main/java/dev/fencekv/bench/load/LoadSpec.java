package dev.fencekv.bench.load;

import dev.fencekv.bench.json.JsonObject;
import java.time.Duration;

/**
 * What a run offers.
 *
 * @param keyBytes length of each key, at least {@link Keys#BYTES_MIN}
 * @param connections separate connections of the client, used in turn
 * @param outstanding closed loop: operations under way at a time; 0 for an open loop
 * @param ratePerSecond open loop: operations started a second; 0 for a closed loop
 * @param warmUp offered the same way before the measured window, not counted
 * @param threads open loop: threads that start operations
 * @param seed of keys, values and mix
 */
public record LoadSpec(
        Workload workload,
        int keys,
        Distribution distribution,
        int keyBytes,
        int valueBytes,
        int connections,
        int outstanding,
        int ratePerSecond,
        Duration warmUp,
        Duration duration,
        int threads,
        long seed) {
    public LoadSpec {
        check(keys >= 1, "at least one key");
        check(keyBytes >= Keys.BYTES_MIN, "keys of at least " + Keys.BYTES_MIN + " bytes");
        check(valueBytes >= 0, "values of at least 0 bytes");
        check(connections >= 1, "at least one connection");
        check(
                outstanding >= 1 ^ ratePerSecond >= 1,
                "either operations outstanding (closed loop) or a rate (open loop)");
        check(!duration.isNegative() && !duration.isZero(), "a duration above 0");
        check(!warmUp.isNegative(), "a warm-up of at least 0");
        check(threads >= 1, "at least one thread");
    }

    private static void check(boolean holds, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException("a run wants " + wanted);
        }
    }

    public boolean openLoop() {
        return ratePerSecond > 0;
    }

    /** For people: {@code put, 64 outstanding, 8 connections}. */
    public String text() {
        return workload.text()
                + ", "
                + (openLoop()
                        ? "open loop at " + ratePerSecond + "/s"
                        : outstanding + " outstanding")
                + " over "
                + connections
                + (connections == 1 ? " connection" : " connections");
    }

    public LoadSpec withDuration(Duration warmUp, Duration duration) {
        return new LoadSpec(
                workload,
                keys,
                distribution,
                keyBytes,
                valueBytes,
                connections,
                outstanding,
                ratePerSecond,
                warmUp,
                duration,
                threads,
                seed);
    }

    /** The same keys, values and connections, offered differently. */
    public LoadSpec offering(Workload workload, int outstanding, int ratePerSecond) {
        return new LoadSpec(
                workload,
                keys,
                distribution,
                keyBytes,
                valueBytes,
                connections,
                outstanding,
                ratePerSecond,
                warmUp,
                duration,
                threads,
                seed);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("workload", workload.text())
                .put("keys", keys)
                .put("distribution", distribution.text())
                .put("keyBytes", keyBytes)
                .put("valueBytes", valueBytes)
                .put("connections", connections)
                .put("outstanding", outstanding)
                .put("ratePerSecond", ratePerSecond)
                .put("warmUpMs", warmUp.toMillis())
                .put("durationMs", duration.toMillis())
                .put("threads", threads)
                .put("seed", seed);
    }

    public static LoadSpec ofJson(JsonObject json) {
        return new LoadSpec(
                Workload.ofText(json.text("workload")),
                (int) json.whole("keys"),
                Distribution.ofText(json.text("distribution")),
                (int) json.whole("keyBytes"),
                (int) json.whole("valueBytes"),
                (int) json.whole("connections"),
                (int) json.whole("outstanding"),
                (int) json.whole("ratePerSecond"),
                Duration.ofMillis(json.whole("warmUpMs")),
                Duration.ofMillis(json.whole("durationMs")),
                (int) json.whole("threads"),
                json.whole("seed"));
    }
}
