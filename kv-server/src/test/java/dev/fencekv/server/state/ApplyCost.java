package dev.fencekv.server.state;

import com.sun.management.ThreadMXBean;
import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
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
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What an applied put costs in garbage and in CPU time, and how fast a log is read back: a quick
 * look while apply is worked on, not a benchmark. Run its main with the JVM options of the tests.
 */
final class ApplyCost implements AutoCloseable {
    private static final int KEYS = 100_000;
    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 128;
    private static final int BATCHES = 30;
    private static final int COMMANDS_PER_ENTRY = 64;
    private static final int INSERT_BATCHES = 25;

    /** Sequence numbers that a session has not settled yet. */
    private static final int UNSETTLED = 64;

    private static final SessionId SESSION = new SessionId(1);
    private static final LockName LOCK = new LockName("orders");
    private static final List<Fence> FENCES = List.of(new Fence(LOCK, new FencingToken(1)));
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** A way of putting. */
    enum Shape {
        PLAIN(false, false, false),
        FENCED_AND_GUARDED_WITHOUT_SESSION(false, true, true),
        IN_SESSION(true, false, false),
        FENCED(true, true, false),
        FENCED_AND_GUARDED(true, true, true);

        private final boolean session;
        private final boolean fence;
        private final boolean guard;

        Shape(boolean session, boolean fence, boolean guard) {
            this.session = session;
            this.fence = fence;
            this.guard = guard;
        }
    }

    /** Per command: the least CPU time of a batch, and the garbage of the last. */
    record Cost(double nanos, double bytes) {}

    private final Shape shape;
    private final KvStateMachine state;
    private final Random random = new Random(1);
    private final Key[] keys;

    /** How many commands are measured together. */
    private final int batchSize;

    private long index;
    private long sequence = 1;

    /** All keys are there; a lock is held and guards are armed as the shape wants it. */
    ApplyCost(KvStore.Factory stores, Shape shape, int keyCount) {
        this.shape = shape;
        keys = new Key[keyCount];
        batchSize = keyCount / 5;
        state = new KvStateMachine(stores);
        apply(new Command.OpenSession(new SessionNonce(1, 1), 60_000, SessionLabel.NONE));
        apply(new Command.Acquire(new RequestId(SESSION, 1, 1), LOCK, 1, 0, 0));
        for (int i = 0; i < keyCount; i++) {
            keys[i] = key(i);
            apply(put(RequestId.NONE, List.of(), keys[i]));
        }
        if (shape.guard) {
            for (String prefix : List.of("k", "z")) {
                Guard guard = new Guard(Key.of(prefix), LOCK, GuardRule.STRICT, GuardMode.ENFORCE);
                apply(new Command.SetGuard(RequestId.NONE, guard, false));
            }
        }
    }

    public static void main(String[] arguments) {
        measure("heap", HeapKvStore::open);
        measure("chronicle", ChronicleKvStore::open);
    }

    private static void measure(String store, KvStore.Factory stores) {
        for (Shape shape : Shape.values()) {
            try (ApplyCost cost = new ApplyCost(stores, shape, KEYS)) {
                say(store, "apply " + shape, cost.ofApply(BATCHES));
            }
        }
        for (Shape shape : List.of(Shape.PLAIN, Shape.FENCED_AND_GUARDED)) {
            try (ApplyCost cost = new ApplyCost(stores, shape, KEYS)) {
                say(store, "decode " + shape, cost.ofDecode());
                say(store, "decode + apply " + shape, cost.ofReplay());
            }
        }
        try (ApplyCost cost = new ApplyCost(stores, Shape.PLAIN, KEYS)) {
            say(store, "decode + apply INSERT", cost.ofInserts());
        }
    }

    private static void say(String store, String what, Cost cost) {
        System.out.printf(
                Locale.ROOT,
                "%-10s %-50s %8.0f ns %8.1f B%n",
                store,
                what,
                cost.nanos(),
                cost.bytes());
    }

    Cost ofApply(int batches) {
        Cost cost = null;
        for (int batch = 0; batch < batches; batch++) {
            Command[] commands = commands();
            cost = better(cost, () -> applyAll(commands));
        }
        return Check.present(cost, "the cost of some batches");
    }

    private void applyAll(Command[] commands) {
        for (Command command : commands) {
            apply(command);
        }
    }

    private Cost ofDecode() {
        Cost cost = null;
        for (int batch = 0; batch < BATCHES; batch++) {
            byte[][] entries = entries(commands());
            cost = better(cost, () -> decodeAll(entries));
        }
        return Check.present(cost, "the cost of some batches");
    }

    private void decodeAll(byte[][] entries) {
        int commands = 0;
        for (byte[] entry : entries) {
            commands += LogEntryCodec.decode(ByteBuffer.wrap(entry)).commands().size();
        }
        Check.invariant(commands == batchSize, "all are decoded");
    }

    private Cost ofReplay() {
        Cost cost = null;
        for (int batch = 0; batch < BATCHES; batch++) {
            byte[][] entries = entries(commands());
            cost = better(cost, () -> replay(entries));
        }
        return Check.present(cost, "the cost of some batches");
    }

    private void replay(byte[][] entries) {
        for (byte[] entry : entries) {
            for (Command command : LogEntryCodec.decode(ByteBuffer.wrap(entry)).commands()) {
                apply(command);
            }
        }
    }

    private Cost ofInserts() {
        apply(new Command.ChangeSetting(RequestId.NONE, Setting.STORE_QUOTA_BYTES, 1L << 30));
        Cost cost = null;
        int inserted = KEYS;
        for (int batch = 0; batch < INSERT_BATCHES; batch++) {
            Command[] commands = new Command[batchSize];
            for (int i = 0; i < batchSize; i++) {
                commands[i] = put(RequestId.NONE, List.of(), key(inserted + i));
            }
            inserted += batchSize;
            byte[][] entries = entries(commands);
            cost = better(cost, () -> replay(entries));
        }
        return Check.present(cost, "the cost of some batches");
    }

    private Cost better(Cost before, Runnable batch) {
        long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
        long start = THREADS.getCurrentThreadCpuTime();
        batch.run();
        double nanos = (double) (THREADS.getCurrentThreadCpuTime() - start) / batchSize;
        double bytes =
                (double) (THREADS.getCurrentThreadAllocatedBytes() - bytesBefore) / batchSize;
        return new Cost(before == null ? nanos : Math.min(nanos, before.nanos()), bytes);
    }

    private Command[] commands() {
        Command[] commands = new Command[batchSize];
        for (int i = 0; i < batchSize; i++) {
            RequestId id = RequestId.NONE;
            if (shape.session) {
                sequence++;
                id = new RequestId(SESSION, sequence, Math.max(1, sequence - UNSETTLED));
            }
            Key key = keys[random.nextInt(keys.length)];
            commands[i] = put(id, shape.fence ? FENCES : List.of(), key);
        }
        return commands;
    }

    private Command put(RequestId id, List<Fence> fences, Key key) {
        byte[] value = new byte[VALUE_BYTES];
        ByteBuffer.wrap(value).putLong(random.nextLong());
        return new Command.Put(id, fences, key, Value.copyOf(value), Command.ANY_REVISION, false);
    }

    private static Key key(int number) {
        byte[] bytes = new byte[KEY_BYTES];
        bytes[0] = 'k';
        ByteBuffer.wrap(bytes).putInt(KEY_BYTES - Integer.BYTES, number);
        return Key.copyOf(bytes);
    }

    private byte[][] entries(Command[] commands) {
        List<byte[]> entries = new ArrayList<>();
        for (int from = 0; from < commands.length; from += COMMANDS_PER_ENTRY) {
            int to = Math.min(commands.length, from + COMMANDS_PER_ENTRY);
            List<Command> some = Arrays.asList(commands).subList(from, to);
            entries.add(LogEntryCodec.encode(new LogEntry(HybridTimestamp.ZERO, some)));
        }
        return entries.toArray(byte[][]::new);
    }

    private void apply(Command command) {
        index++;
        Outcome outcome = state.apply(index, 0, HybridTimestamp.ZERO, command);
        Check.invariant(outcome.status() == Status.OK, "applied");
    }

    @Override
    public void close() {
        state.close();
    }
}
