/**
 * kvcli: the store from a shell. Depends on client, kv, clock and picocli. One class per verb; each
 * run of a verb has a client of its own, unless it is a line of {@link dev.fencekv.cli.shell},
 * which lends its own; no state outlives it.
 */
@NullMarked
package dev.fencekv.cli;

import org.jspecify.annotations.NullMarked;
