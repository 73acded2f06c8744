package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jline.builtins.ScreenTerminal;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.LineDisciplineTerminal;

/**
 * A terminal without a device, on any machine: what keys do to it is done by a line discipline,
 * what is written to it by an emulator, whose screen can be read. Keys are typed by the test's
 * thread.
 */
final class MemoryTerminal implements AutoCloseable {
    /** As sent to programs that have asked for keys of their own, as line editors do. */
    static final String UP = "\u001bOA";

    static final String CTRL_C = "\u0003";
    static final String CTRL_D = "\u0004";
    static final String ENTER = "\r";
    static final String TAB = "\t";

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final ScreenTerminal emulator;
    private final LineDisciplineTerminal terminal;

    MemoryTerminal(int columns, int rows) {
        emulator = new ScreenTerminal(columns, rows);
        try {
            terminal =
                    new LineDisciplineTerminal(
                            "memory",
                            "xterm-256color",
                            new Written(),
                            StandardCharsets.UTF_8,
                            Terminal.SignalHandler.SIG_DFL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        terminal.setSize(new Size(columns, rows));
    }

    private final class Written extends OutputStream {
        @Override
        public void write(int octet) {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            synchronized (written) {
                written.write(bytes, offset, length);
            }
            emulator.write(new String(bytes, offset, length, StandardCharsets.UTF_8));
        }
    }

    Terminal terminal() {
        return terminal;
    }

    MemoryTerminal type(String keys) {
        try {
            terminal.processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Changes the size, and says so as a window does. */
    void resize(int columns, int rows) {
        emulator.setSize(columns, rows);
        terminal.setSize(new Size(columns, rows));
        terminal.raise(Terminal.Signal.WINCH);
    }

    /** The lines on the screen, without trailing blanks; the last is not empty. */
    String screen() {
        return emulator.toString()
                .lines()
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n"))
                .stripTrailing();
    }

    /** All that was ever written, with what steers the terminal. */
    String written() {
        synchronized (written) {
            return written.toString(StandardCharsets.UTF_8);
        }
    }

    void awaitScreen(String text) {
        await("screen with '" + text + "'")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(screen()).contains(text));
    }

    void awaitLastLine(String text) {
        await("last line '" + text + "'")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(
                        () -> assertThat(screen().lines()).last().isEqualTo(text.stripTrailing()));
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
