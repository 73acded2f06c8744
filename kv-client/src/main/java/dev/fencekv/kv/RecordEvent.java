package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;
import java.util.Optional;

/**
 * A change of one record.
 *
 * @param revision of the command that changed it; all its changes share it
 * @param stamp of that command
 * @param record of a PUT: what it is from then on; empty if only keys were asked for
 * @param previous what was there before; empty if nothing was, if it was not asked for, or if both
 *     together do not fit a frame
 */
public record RecordEvent(
        EventType type,
        long revision,
        HybridTimestamp stamp,
        Key key,
        Optional<Versioned> record,
        Optional<Versioned> previous) {}
