package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a log entry, version 1:
 *
 * <pre>
 *  0         1       2       4          12
 *  | version | zero  | count | proposed | commands ...
 * </pre>
 *
 * Big-endian. Stateless.
 */
public final class LogEntryCodec {
    private static final int VERSION = 1;
    private static final int COUNT_AT = 2;
    private static final int PROPOSED_AT = 4;

    /** Bytes before the first command. */
    public static final int HEADER_BYTES = 12;

    private LogEntryCodec() {}

    /** Clears {@code out} and makes room for the header; commands are appended after it. */
    public static void begin(BytesOut out) {
        out.clear();
        out.putByte(VERSION);
        out.putByte(0);
        out.putShort(0);
        out.putLong(0);
    }

    /** Fills the header in once the commands are there: the entry is sealed. */
    public static byte[] seal(BytesOut out, int count, HybridTimestamp proposed) {
        Check.inRange(1, Limits.COMMANDS_PER_ENTRY_MAX, count, "commands in an entry");
        byte[] entry = out.toByteArray();
        ByteBuffer.wrap(entry)
                .putShort(COUNT_AT, (short) count)
                .putLong(PROPOSED_AT, proposed.packed());
        return entry;
    }

    public static byte[] encode(LogEntry entry) {
        BytesOut out = new BytesOut(256);
        begin(out);
        for (Command command : entry.commands()) {
            CommandCodec.encode(command, out);
        }
        return seal(out, entry.commands().size(), entry.proposed());
    }

    /** Throws {@link CorruptBytesException} or {@link NewerFormatException}. */
    public static LogEntry decode(ByteBuffer bytes) {
        return BytesIn.decoding("log entry", () -> decodeChecked(new BytesIn(bytes)));
    }

    private static LogEntry decodeChecked(BytesIn in) {
        int version = in.getByte();
        if (version != VERSION) {
            throw new NewerFormatException(
                    "log entry has format "
                            + version
                            + " but this release reads only "
                            + VERSION
                            + "; install the newer release");
        }
        if (in.getByte() != 0) {
            throw new NewerFormatException(
                    "log entry says something that this release does not understand;"
                            + " install the newer release");
        }
        int count = in.getShort();
        long proposed = in.getLong();
        List<Command> commands = new ArrayList<>(Math.min(count, Limits.COMMANDS_PER_ENTRY_MAX));
        for (int i = 0; i < count; i++) {
            commands.add(CommandCodec.decode(in));
        }
        in.end("log entry");
        return new LogEntry(new HybridTimestamp(proposed), commands);
    }
}
