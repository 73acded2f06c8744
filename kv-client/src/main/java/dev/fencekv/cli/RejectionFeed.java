package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Rejection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shows recorded rejections as they come, by linearizable looks at the cluster one after the other.
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
    private final RejectionNews news;
    private final Duration interval;
    private final long rowsMax;
    private final Output output;
    private final Table table = new Table(WIDTHS_MIN);

    /** Held while lines are written. */
    private final ReentrantLock writing = new ReentrantLock();

    private final Thread shutdown = new Thread(this::signalled, "kvcli-shutdown");

    /** Rows; at most {@link #rowsMax}. */
    private long shown;

    /** Whether the last look went unanswered. */
    private boolean silent;

    /**
     * @param interval from one look's end to the next one's beginning
     * @param rowsMax ends when so many rows were shown
     */
    RejectionFeed(
            KvCli kvcli, KvClient client, RejectionNews news, Duration interval, long rowsMax) {
        this.kvcli = kvcli;
        this.client = client;
        this.news = news;
        this.interval = interval;
        this.rowsMax = rowsMax;
        this.output = kvcli.output();
        Runtime.getRuntime().addShutdownHook(shutdown);
    }

    /** The first look must be answered: a wrong endpoint should not look like a quiet cluster. */
    ExitCode run() throws InterruptedException {
        show(client.listRejections(news.after()));
        if (shown == 0 && output.form() == Output.Form.TABLE) {
            say("no rejections so far; new ones are shown as they come");
        }
        while (shown < rowsMax && !output.isBroken()) {
            Thread.sleep(interval.toMillis());
            look();
        }
        return ExitCode.OK;
    }

    private void look() throws InterruptedException {
        try {
            List<Rejection> listed = client.listRejections(news.after());
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
                news.in(listed).stream().limit(rowsMax - shown).map(RejectionsVerb::row).toList();
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
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException e) {
            // Shutting down: the hook ends the process.
        }
    }
}
