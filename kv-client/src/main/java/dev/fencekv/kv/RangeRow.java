package dev.fencekv.kv;

import java.util.Optional;

/**
 * A key of a range.
 *
 * @param record empty if only keys were asked for
 */
public record RangeRow(Key key, Optional<Versioned> record) {}
