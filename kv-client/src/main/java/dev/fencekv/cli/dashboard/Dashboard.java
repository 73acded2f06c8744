package dev.fencekv.cli.dashboard;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;

/**
 * Shows a cluster on the whole screen of a terminal and draws it anew as it changes, until q or
 * Ctrl-C. However it ends, also by a signal, the terminal is as it was before.
 *
 * <p>Owned by the thread that runs it; {@link #restore} may be called by the JVM's shutdown.
 */
public final class Dashboard {
    private static final int ROWS_ONCE = 40;
    private static final int COLUMNS_ONCE = 120;

    /** How long a key or a new size waits at most to be seen. */
    private static final long KEY_MS = 100;

    private static final int CTRL_C = 3;
    private static final int CTRL_D = 4;

    private final Terminal terminal;
    private final ClusterReader cluster;
    private final Duration interval;
    private final boolean coloured;
    private final Attributes before;
    private final AtomicBoolean changed = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicBoolean resized = new AtomicBoolean();

    /**
     * @param terminal is not closed
     * @param interval from one picture to the next
     */
    public Dashboard(
            Terminal terminal, ClusterReader cluster, Duration interval, boolean coloured) {
        this.terminal = terminal;
        this.cluster = cluster;
        this.interval = interval;
        this.coloured = coloured;
        this.before = terminal.getAttributes();
    }

    /** Returns when it is left. */
    public void run() throws IOException, InterruptedException {
        Thread shutdown = new Thread(this::restore, "kvcli-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdown);
        Terminal.SignalHandler interrupts =
                terminal.handle(Terminal.Signal.INT, signal -> stopped.set(true));
        Terminal.SignalHandler sizes =
                terminal.handle(Terminal.Signal.WINCH, signal -> resized.set(true));
        try {
            takeOver();
            draw();
        } finally {
            restore();
            terminal.handle(Terminal.Signal.INT, interrupts);
            terminal.handle(Terminal.Signal.WINCH, sizes);
            forget(shutdown);
        }
    }

    private void takeOver() {
        changed.set(true);
        terminal.enterRawMode();
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
    }

    private void restore() {
        if (!changed.getAndSet(false)) {
            return;
        }
        terminal.puts(Capability.exit_ca_mode);
        terminal.puts(Capability.cursor_normal);
        terminal.flush();
        terminal.setAttributes(before);
    }

    private static void forget(Thread shutdown) {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException e) {
            // Shutting down: the hook does what we just did.
        }
    }

    private void draw() throws IOException, InterruptedException {
        Display display = new Display(terminal, true);
        ClusterPicture picture = cluster.look();
        OptionalDouble changes = OptionalDouble.empty();
        resized.set(true);
        while (true) {
            show(display, picture, changes);
            long next = System.nanoTime() + interval.toNanos();
            while (System.nanoTime() - next < 0) {
                if (isLeft()) {
                    return;
                }
                if (resized.get()) {
                    show(display, picture, changes);
                }
            }
            ClusterPicture later = cluster.look();
            changes = later.changesPerSecond(picture);
            picture = later;
        }
    }

    /** Waits a moment for a key. */
    private boolean isLeft() throws IOException {
        int key = stopped.get() ? CTRL_C : terminal.reader().read(KEY_MS);
        return key == 'q'
                || key == 'Q'
                || key == CTRL_C
                || key == CTRL_D
                || key == NonBlockingReader.EOF;
    }

    private void show(Display display, ClusterPicture picture, OptionalDouble changes) {
        Size size = terminal.getSize();
        int rows = Math.max(2, size.getRows());
        int columns = Math.max(20, size.getColumns());
        if (resized.getAndSet(false)) {
            display.clear();
            display.resize(rows, columns);
            terminal.puts(Capability.clear_screen);
        }
        List<AttributedString> lines =
                new ArrayList<>(DashboardText.lines(picture, changes, columns - 1, rows - 1));
        while (lines.size() < rows - 1) {
            lines.add(AttributedString.EMPTY);
        }
        lines.add(new AttributedString("q leaves"));
        if (!coloured) {
            lines.replaceAll(Dashboard::plain);
        }
        display.update(lines, 0); // It keeps the list.
        terminal.flush();
    }

    private static AttributedString plain(AttributedString line) {
        return new AttributedString(line.toString());
    }

    /**
     * One picture as lines of text. Takes a second one after {@code interval}, for what changes.
     */
    public static List<String> once(ClusterReader cluster, Duration interval)
            throws InterruptedException {
        ClusterPicture first = cluster.look();
        Thread.sleep(interval.toMillis());
        ClusterPicture second = cluster.look();
        return DashboardText.lines(second, second.changesPerSecond(first), COLUMNS_ONCE, ROWS_ONCE)
                .stream()
                .map(AttributedString::toString)
                .toList();
    }
}
