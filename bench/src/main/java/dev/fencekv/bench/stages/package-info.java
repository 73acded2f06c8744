/**
 * Where the time of one put goes, as a node that stamps its stages says it. Depends on json and
 * plot.
 */
@NullMarked
package dev.fencekv.bench.stages;

import org.jspecify.annotations.NullMarked;
