package dev.fencekv.kv;

/** A rule: keys that start with {@code prefix} may be written only with a token of {@code lock}. */
public record Guard(Key prefix, LockName lock, GuardRule rule, GuardMode mode) {}
