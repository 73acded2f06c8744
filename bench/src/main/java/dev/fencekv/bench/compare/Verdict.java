package dev.fencekv.bench.compare;

import dev.fencekv.bench.json.JsonObject;

/** What became of one target. */
public record Verdict(String target, Result result, String why) {
    /** Whether it holds. */
    public enum Result {
        HOLDS,
        MISSED,
        NOT_MEASURED
    }

    static Verdict of(String target, boolean holds, String why) {
        return new Verdict(target, holds ? Result.HOLDS : Result.MISSED, why);
    }

    static Verdict notMeasured(String target, String why) {
        return new Verdict(target, Result.NOT_MEASURED, why);
    }

    JsonObject toJson() {
        return new JsonObject().put("target", target).put("result", result.name()).put("why", why);
    }
}
