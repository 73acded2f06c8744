package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockLost;
import dev.fencekv.kv.FencingToken;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs while a lock is held, and no longer. Made before the lock is acquired, so
 * that a signal that comes while waiting finds somebody to give the lock back.
 *
 * <p>Assumptions: 1. One thread calls {@link #run} and {@link #close}; the JVM's shutdown, begun by
 * SIGTERM or SIGINT, calls {@link #signalled}.
 *
 * <p>Guarantees: 1. The command does not outlive the lock by more than {@code killAfter}, as far as
 * this process can see. 2. The lock is given back only after the command has ended.
 */
final class HeldCommand implements AutoCloseable {
    /**
     * How the JDKs word EACCES and ENOEXEC of execve(2): {@code error=13,} to 17, {@code error: 13
     * } since.
     */
    private static final Pattern NOT_EXECUTABLE = Pattern.compile("error[=:] ?(13|8)\\b");

    private final KvCli kvcli;
    private final KvClient client;
    private final FencedLock lock;
    private final BooleanSupplier giveBack;
    private final List<String> command;
    private final CommandOptions options;
    private final CompletableFuture<LockLost> lost = new CompletableFuture<>();
    private final Thread shutdown = new Thread(this::signalled, "kvcli-shutdown");

    /** Completed when everything is done, so that a shutdown can wait for it. */
    private final CompletableFuture<Integer> finished = new CompletableFuture<>();

    /** Guarded by this: a signal must not slip between looking and starting. */
    private @Nullable Process child;

    /** Guarded by this. */
    private boolean stopping;

    /** Whether the lock was lost before the command had ended; set by {@link #run}. */
    private boolean wasLost;

    /** The token that the command is told; set by {@link #run}. Guarded by this. */
    private FencingToken token = FencingToken.NONE;

    /** Perhaps that of a grant before the one that the command runs under. Guarded by this. */
    private @Nullable LockLost lastLost;

    /** {@code giveBack}: gives the lock back; false if it had been lost. */
    HeldCommand(
            KvCli kvcli,
            KvClient client,
            FencedLock lock,
            BooleanSupplier giveBack,
            List<String> command,
            CommandOptions options) {
        this.kvcli = kvcli;
        this.client = client;
        this.lock = lock;
        this.giveBack = giveBack;
        this.command = command;
        this.options = options;
        lock.onLost(this::heardOf);
        Runtime.getRuntime().addShutdownHook(shutdown);
    }

    /** Runs the command under the lock, which was granted by {@code granted}; kvcli's exit code. */
    int run(FencingToken granted) throws InterruptedException {
        begin(granted);
        int code;
        try {
            code = runChild();
        } catch (IOException e) {
            code = cannotStart(e);
        }
        if (!released()) {
            kvcli.complain(
                    "lock "
                            + lock.name()
                            + " was lost while the command ran; what it wrote without the token"
                            + " may conflict with another holder's writes.");
            code = ExitCode.LOCK_LOST.number();
            wasLost = true;
        }
        finished.complete(code);
        return code;
    }

    private synchronized void begin(FencingToken granted) {
        token = granted;
        if (lastLost != null) {
            heardOf(lastLost);
        }
    }

    private synchronized void heardOf(LockLost event) {
        lastLost = event;
        if (event.token().equals(token)) {
            lost.complete(event);
        }
    }

    /** Whether the lock was lost while the command ran. */
    boolean isLost() {
        return wasLost;
    }

    private int runChild() throws IOException, InterruptedException {
        Process running = start();
        try {
            CompletableFuture.anyOf(running.onExit(), lost).get();
        } catch (InterruptedException e) {
            // Ctrl-C in a shell: passed on, as a signal is.
            running.destroy();
            running.waitFor();
        } catch (ExecutionException e) {
            throw new IllegalStateException("neither of them fails", e);
        }
        if (lost.isDone() && running.isAlive()) {
            kvcli.complain(
                    "lock "
                            + lock.name()
                            + " was lost ("
                            + lost.join().cause()
                            + "): stopping the command.");
            stop(running);
        }
        return running.waitFor();
    }

    private synchronized Process start() throws IOException {
        if (stopping) {
            throw new IOException("kvcli was asked to stop");
        }
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("FENCE_TOKEN", token.toString());
        builder.environment().put("FENCE_LOCK", lock.name().value());
        builder.environment().put("FENCEKV_ENDPOINTS", String.join(",", kvcli.endpoints()));
        Process started = builder.start();
        child = started;
        return started;
    }

    /** SIGTERM, then SIGKILL; whatever the command has started goes with it. */
    private void stop(Process running) throws InterruptedException {
        Set<ProcessHandle> started = running.descendants().collect(Collectors.toSet());
        running.destroy();
        started.forEach(ProcessHandle::destroy);
        running.waitFor(options.killAfter().toMillis(), TimeUnit.MILLISECONDS);
        running.descendants().forEach(started::add);
        // The command first: a shell whose child is killed would start the next one.
        running.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    private int cannotStart(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        kvcli.complain(message);
        return NOT_EXECUTABLE.matcher(message).find()
                ? ExitCode.CANNOT_EXECUTE.number()
                : ExitCode.COMMAND_NOT_FOUND.number();
    }

    private boolean released() {
        if (lost.isDone()) {
            return false;
        }
        try {
            return giveBack.getAsBoolean();
        } catch (FenceKvException e) {
            kvcli.complain(
                    "could not give the lock back ("
                            + e.getMessage()
                            + "). It becomes free when its TTL has passed.");
            return true; // The command ran under it to its end.
        }
    }

    /** SIGTERM or SIGINT: passed on to the command, whose end is waited for. */
    private void signalled() {
        Process running;
        synchronized (this) {
            stopping = true;
            running = child;
        }
        if (running == null) {
            client.close(); // Leaves the queue.
            return;
        }
        running.destroy();
        int code = finished.join();
        client.close();
        // The command's exit code is ours, not the signal's.
        Runtime.getRuntime().halt(code);
    }

    @Override
    public void close() {
        finished.complete(ExitCode.NEGATIVE.number());
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException e) {
            // Shutting down: the hook is what waits for us.
        }
    }
}
