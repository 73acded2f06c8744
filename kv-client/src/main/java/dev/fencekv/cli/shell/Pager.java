package dev.fencekv.cli.shell;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jline.builtins.Less;
import org.jline.builtins.Source;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;

/**
 * Shows text that is longer than the screen page by page: by the user's pager, else by one of its
 * own. Owned by the shell's thread.
 */
final class Pager implements Screen.Whole {
    private final Terminal terminal;

    /** A command for {@code sh -c}; a blank one, or cat, turns paging off. */
    private final Optional<String> command;

    Pager(Terminal terminal, Optional<String> command) {
        this.terminal = terminal;
        this.command = command;
    }

    @Override
    public void show(List<String> lines) {
        String text = String.join("\n", lines) + "\n";
        if (isOff() || rows(text) < terminal.getHeight()) {
            print(text);
            return;
        }
        try {
            if (command.isPresent()) {
                page(command.get(), text);
            } else {
                page(text);
            }
        } catch (IOException e) {
            print(text);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isOff() {
        boolean noScreen = terminal.getType().startsWith(Terminal.TYPE_DUMB);
        return noScreen || command.filter(it -> it.isBlank() || it.equals("cat")).isPresent();
    }

    /** What it takes of the screen. */
    private int rows(String text) {
        int width = Math.max(1, terminal.getWidth());
        return text.lines()
                .mapToInt(line -> AttributedString.fromAnsi(line).columnLength())
                .map(columns -> Math.max(1, (columns + width - 1) / width))
                .sum();
    }

    private void print(String text) {
        terminal.writer().print(text);
        terminal.flush();
    }

    private void page(String text) throws IOException, InterruptedException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Less less = new Less(terminal, Path.of(""));
        less.run(new Source.InputStreamSource(new ByteArrayInputStream(bytes), true, "kvcli"));
    }

    private static void page(String command, String text) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", "-c", command)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        // As git does: quit if one screen holds it, let colours through, leave the text there.
        builder.environment().putIfAbsent("LESS", "FRX");
        Process pager = builder.start();
        try (OutputStream out = pager.getOutputStream()) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It was left before the end.
        }
        awaitEnd(pager);
    }

    /** Ctrl-C is the pager's: it stays, and so do we. */
    private static void awaitEnd(Process pager) {
        while (true) {
            try {
                pager.waitFor();
                return;
            } catch (InterruptedException e) {
                // Goes on.
            }
        }
    }
}
