/**
 * For tests on real processes only: what goes wrong with this node's links, clock and disk, as a
 * file says that the test rewrites while the node runs. Off, and not even looked for, unless a
 * system property names the file. Depends on {@code clock} and {@code check}.
 *
 * <p>The file is read by a thread of its own; any thread asks what it said last.
 */
@NullMarked
package dev.fencekv.server.faults;

import org.jspecify.annotations.NullMarked;
