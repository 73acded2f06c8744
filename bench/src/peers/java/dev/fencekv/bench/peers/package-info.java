/**
 * Other stores as targets of load, each through its own well-kept client, set up to be fair to it.
 * Compiled in the Maven profile {@code peers} only.
 */
@NullMarked
package dev.fencekv.bench.peers;

import org.jspecify.annotations.NullMarked;
