package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.RejectionWatchOptions;
import dev.fencekv.client.Watch;
import dev.fencekv.kv.Rejection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shows recorded rejections as they come, by linearizable looks at the cluster: as soon as a watch
 * tells that there is something new, and at an interval, because nobody is told of repeats.
 *
 * <p>Assumptions: 1. One thread calls {@link #run} and {@link #close}; the JVM's shutdown, begun by
 * SIGINT or SIGTERM, calls {@link #signalled}. In a shell, Ctrl-C interrupts the thread. 2. The
 * client has no session that must be given back.
 *
 * <p>Guarantees: 1. A signal ends it with exit code 0, between two lines if these are read. 2. A
 * cluster that does not answer is told of once, asked until it does, and what it has recorded
 * meanwhile is shown then.
 */
final class RejectionFeed implements AutoCloseable {
    /** So that rows mostly stay under their headings, whichever comes first. */
    private static final Map<String, Integer> WIDTHS_MIN =
            Map.of("reason", 14, "key", 16, "live", 5, "label", 15, "successor", 15);

    private static final long LINE_MS_MAX = 1000;

    private final KvCli kvcli;
    private final KvClient client;
    private final RejectionNews untold;
    private final Duration interval;
    private final long rowsMax;
    private final Output output;
    private final Table table = new Table(WIDTHS_MIN);

    /** Held while lines are written. */
    private final ReentrantLock writing = new ReentrantLock();

    private final Thread shutdown = new Thread(this::signalled, "kvcli-shutdown");

    /** Released when there is something new. */
    private final Semaphore news = new Semaphore(0);

    private final Watch watch;

    /** Rows; at most {@link #rowsMax}. */
    private long shown;

    /** Whether the last look went unanswered. */
    private boolean silent;

    /**
     * @param interval from one look's end to the next one's beginning, if nothing new comes
     * @param rowsMax ends when so many rows were shown
     */
    RejectionFeed(
            KvCli kvcli, KvClient client, RejectionNews untold, Duration interval, long rowsMax) {
        this.kvcli = kvcli;
        this.client = client;
        this.untold = untold;
        this.interval = interval;
        this.rowsMax = rowsMax;
        this.output = kvcli.output();
        this.watch = client.watchRejections(RejectionWatchOptions.ALL, batch -> news.release());
        Runtime.getRuntime().addShutdownHook(shutdown);
    }

    /** The first look must be answered: a wrong endpoint should not look like a quiet cluster. */
    ExitCode run() throws InterruptedException {
        show(client.listRejections(untold.after()));
        if (shown == 0 && output.form() == Output.Form.TABLE) {
            say("no rejections so far; new ones are shown as they come");
        }
        while (shown < rowsMax && !output.isBroken()) {
            news.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS);
            news.drainPermits();
            look();
        }
        return ExitCode.OK;
    }

    private void look() throws InterruptedException {
        try {
            List<Rejection> listed = client.listRejections(untold.after());
            if (silent) {
                say("the cluster answers again");
                silent = false;
            }
            show(listed);
        } catch (FenceKvException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (ExitCode.of(e) != ExitCode.UNAVAILABLE) {
                throw e;
            }
            if (!silent) {
                say(e.getMessage() + ". Still asking; what is recorded meanwhile is shown later.");
                silent = true;
            }
        }
    }

    private void show(List<Rejection> listed) {
        List<Row> rows =
                untold.in(listed).stream().limit(rowsMax - shown).map(RejectionsVerb::row).toList();
        write(() -> output.more(rows, table));
        shown += rows.size();
    }

    private void say(String message) {
        write(() -> kvcli.complain(message));
    }

    private void write(Runnable lines) {
        writing.lock();
        try {
            lines.run();
        } finally {
            writing.unlock();
        }
    }

    /**
     * That somebody has seen enough is no failure.
     *
     * <p>HAZARD: a pager that does not read on keeps a line from ending; nobody may wait for it.
     */
    private void signalled() {
        try {
            writing.tryLock(LINE_MS_MAX, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // Nobody waits for more.
        }
        Runtime.getRuntime().halt(ExitCode.OK.number());
    }

    @Override
    public void close() {
        watch.close();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException e) {
            // Shutting down: the hook ends the process.
        }
    }
}
