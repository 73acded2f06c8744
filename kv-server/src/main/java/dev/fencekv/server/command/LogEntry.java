package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import java.util.List;

/**
 * One record of the replicated log: commands that were proposed together, and the stamp that the
 * leader proposed for them when it sealed the entry.
 */
public record LogEntry(HybridTimestamp proposed, List<Command> commands) {
    public LogEntry {
        Check.inRange(1, Limits.COMMANDS_PER_ENTRY_MAX, commands.size(), "commands in an entry");
        commands = List.copyOf(commands);
    }
}
