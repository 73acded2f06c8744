package dev.fencekv.cli.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.UserInterruptException;

/**
 * What a verb that reads its input is given: lines as they are typed, up to Ctrl-D. They do not
 * come into the history. Owned by the shell's thread.
 */
final class TypedInput extends InputStream {
    private static final String PROMPT = "";

    private final LineReader lines;
    private byte[] line = {};
    private int at;
    private boolean ended;

    TypedInput(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public int read() throws IOException {
        return prepare() ? line[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!prepare()) {
            return -1;
        }
        int count = Math.min(length, line.length - at);
        System.arraycopy(line, at, into, offset, count);
        at += count;
        return count;
    }

    /** Whether there is a byte to read. */
    private boolean prepare() throws IOException {
        if (at == line.length && !ended) {
            readLine();
        }
        return at < line.length;
    }

    private void readLine() throws IOException {
        lines.setVariable(LineReader.DISABLE_HISTORY, true);
        lines.setVariable(LineReader.DISABLE_COMPLETION, true);
        try {
            line = (lines.readLine(PROMPT) + "\n").getBytes(StandardCharsets.UTF_8);
            at = 0;
        } catch (EndOfFileException e) {
            ended = true;
        } catch (UserInterruptException e) {
            throw new InterruptedIOException("stopped while reading what is typed");
        } finally {
            lines.setVariable(LineReader.DISABLE_HISTORY, false);
            lines.setVariable(LineReader.DISABLE_COMPLETION, false);
        }
    }
}
