package dev.fencekv.bench.micro;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.state.KvStateMachine;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Applying a put in a session, over a record that exists. The difference between two kinds is what
 * fencing costs; making the command is in all of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ApplyBenchmark {
    private static final int KEYS = 10_000;
    private static final int IN_FLIGHT = 64;
    private static final LockName LOCK = new LockName("bench");
    private static final String PREFIX = "key-";

    /** What is shown and what is demanded. */
    public enum Kind {
        PLAIN,
        /** A live token is shown; nothing demands it. */
        FENCED,
        /** A guard demands it, and a live token is shown. */
        GUARDED,
        /** A guard demands it, and a stale token is shown. */
        REJECTED,
        /** Guards exist, but none covers the key. */
        GUARDED_ELSEWHERE
    }

    @Param public Kind kind = Kind.PLAIN;

    @Param({"chronicle", "heap"})
    public String store = "";

    /** How large the history window may become. It is full within a second. */
    @Param({"64", "0"})
    public long historyMib;

    private final Key[] keys = Samples.keys(PREFIX, KEYS);
    private final Value value = Samples.value();
    private final SplittableRandom random = new SplittableRandom(1);
    private KvStateMachine machine = new KvStateMachine(Samples.stores("heap"));
    private SessionId session = SessionId.NONE;
    private List<Fence> fences = List.of();
    private long sequence;
    private long index;

    @Setup
    public void prepare() {
        machine = new KvStateMachine(Samples.stores(store));
        Command open = new Command.OpenSession(new SessionNonce(1, 2), 60_000, SessionLabel.NONE);
        session = ((Outcome.SessionOpened) apply(open).result()).session();
        for (Key key : keys) {
            apply(put(key, List.of()));
        }
        apply(new Command.RaiseLevel(KvStateMachine.FEATURE_LEVEL_HISTORY));
        long historyBytes = historyMib << 20;
        apply(new Command.ChangeSetting(nextId(), Setting.HISTORY_BYTES, historyBytes));
        FencingToken stale = acquire();
        apply(new Command.Release(nextId(), LOCK, stale));
        FencingToken live = acquire();
        if (kind != Kind.PLAIN && kind != Kind.FENCED) {
            Key prefix = Key.of(kind == Kind.GUARDED_ELSEWHERE ? "other" : PREFIX);
            apply(
                    new Command.SetGuard(
                            nextId(),
                            new Guard(prefix, LOCK, GuardRule.STRICT, GuardMode.ENFORCE),
                            false));
        }
        fences =
                switch (kind) {
                    case PLAIN, GUARDED_ELSEWHERE -> List.of();
                    case FENCED, GUARDED -> List.of(new Fence(LOCK, live));
                    case REJECTED -> List.of(new Fence(LOCK, stale));
                };
        Status wanted = kind == Kind.REJECTED ? Status.FENCED : Status.OK;
        Status met = put().status();
        if (met != wanted) {
            throw new IllegalStateException("a put gave " + met + ", wanted " + wanted);
        }
    }

    private FencingToken acquire() {
        Command acquire = new Command.Acquire(nextId(), LOCK, 1, 0, 0);
        return ((Outcome.Token) apply(acquire).result()).token();
    }

    private RequestId nextId() {
        sequence++;
        return new RequestId(session, sequence, Math.max(1, sequence - IN_FLIGHT));
    }

    private Command put(Key key, List<Fence> shown) {
        return new Command.Put(nextId(), shown, key, value, Command.ANY_REVISION, false);
    }

    private Outcome apply(Command command) {
        return machine.apply(++index, 0, Samples.STAMP, command);
    }

    @TearDown
    public void close() {
        machine.close();
    }

    @Benchmark
    public Outcome put() {
        return apply(put(keys[random.nextInt(KEYS)], fences));
    }
}
