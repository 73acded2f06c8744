package dev.fencekv.kv;

/**
 * A guard as listed.
 *
 * @param revision the revision that set it
 * @param violations writes that broke it since then: rejected, or let through in observe mode
 */
public record GuardInfo(Guard guard, long revision, long violations) {}
