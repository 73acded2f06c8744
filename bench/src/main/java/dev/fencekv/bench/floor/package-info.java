/**
 * What the machine itself gives: the fsync of a log, a round trip over loopback, and both together
 * for a quorum of three. No store can be faster. Depends on the JDK and HdrHistogram.
 */
@NullMarked
package dev.fencekv.bench.floor;

import org.jspecify.annotations.NullMarked;
