package dev.fencekv.server.replication;

import dev.fencekv.server.command.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what became of a proposal, and how often it was told. */
public final class RecordedCompletion implements Completion {
    public enum Fate {
        APPLIED,
        REFUSED,
        UNKNOWN
    }

    public record Result(Fate fate, Outcome outcome, Refusal refusal) {}

    public final CompletableFuture<Result> result = new CompletableFuture<>();
    public final AtomicInteger calls = new AtomicInteger();

    @Override
    public void applied(Outcome outcome) {
        calls.incrementAndGet();
        result.complete(new Result(Fate.APPLIED, outcome, null));
    }

    @Override
    public void refused(Refusal refusal) {
        calls.incrementAndGet();
        result.complete(new Result(Fate.REFUSED, null, refusal));
    }

    @Override
    public void unknown() {
        calls.incrementAndGet();
        result.complete(new Result(Fate.UNKNOWN, null, null));
    }

    /** Waits for it, a bounded time. */
    public Result await() {
        return result.orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** As {@link #await}; it must have been applied. */
    public Outcome outcome() {
        Result settled = await();
        if (settled.fate() != Fate.APPLIED) {
            throw new AssertionError("not applied: " + settled);
        }
        return settled.outcome();
    }

    /** What it is now; null if nothing yet. */
    public Fate now() {
        return result.isDone() ? result.join().fate() : null;
    }
}
