package dev.fencekv.kv;

/** A replicated setting as listed: its name, value now, and the range it may take. */
public record SettingInfo(String name, long value, long min, long max) {}
