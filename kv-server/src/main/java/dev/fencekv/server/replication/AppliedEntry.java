package dev.fencekv.server.replication;

import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.state.WaitEnded;
import java.util.List;

/**
 * What came of an entry.
 *
 * @param outcomes one for each command, in order
 * @param ended the waits for locks that it ended, in order; to be told after the outcomes
 */
public record AppliedEntry(List<Outcome> outcomes, List<WaitEnded> ended) {}
