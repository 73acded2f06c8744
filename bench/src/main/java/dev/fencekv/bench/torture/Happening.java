package dev.fencekv.bench.torture;

/**
 * A fault that was: for people, and for the picture.
 *
 * @param target the node or client process, as the picture names its row
 */
record Happening(FaultKind kind, String target, String what, long fromNanos, long toNanos) {}
