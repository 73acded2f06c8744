package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import java.time.Duration;
import java.util.Optional;

/**
 * How long a key lives on.
 *
 * @param found whether the key is there
 * @param remaining how long it lives on at least, in lease time; empty if it does not end by time
 * @param revision as of which it was read
 * @param stamp the last one applied where it was read
 */
public record TtlResult(
        boolean found, Optional<Duration> remaining, long revision, HybridTimestamp stamp) {}
