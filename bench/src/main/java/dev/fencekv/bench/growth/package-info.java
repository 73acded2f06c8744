/**
 * What it costs to hold more: latency, memory, snapshots and restarts of FenceKV over the number of
 * keys. Depends on cluster, load, report, plot and the client.
 */
@NullMarked
package dev.fencekv.bench.growth;

import org.jspecify.annotations.NullMarked;
