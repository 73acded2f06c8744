/**
 * Microbenchmarks of the hot path's parts, with what they allocate: {@code scripts/bench micro}.
 * The one place of this module that knows the server, because these parts cannot be seen from
 * outside; compiled in the Maven profile {@code jmh} only.
 */
@NullMarked
package dev.fencekv.bench.micro;

import org.jspecify.annotations.NullMarked;
