/**
 * Offers load to a store and takes its latencies: closed loop, and open loop by a schedule that
 * never skips a slot. Knows no store; depends on HdrHistogram. A run's state is shared between the
 * generators, the completing threads and one sampler, by atomics and Recorders only.
 */
@NullMarked
package dev.fencekv.bench.load;

import org.jspecify.annotations.NullMarked;
