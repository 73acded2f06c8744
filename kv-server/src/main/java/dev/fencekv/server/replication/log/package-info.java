/**
 * Keeps the replicated log on disk: segments of fixed size, written front to back, each batch of
 * entries synced before it is acknowledged. Knows nothing of the engine, nor of what an entry
 * means. Depends on check and on replication's {@link
 * dev.fencekv.server.replication.FatalListener}.
 *
 * <p>One thread writes ({@link dev.fencekv.server.replication.log.SegmentLog}), any thread reads,
 * and one in the background makes segments ready before they are needed.
 */
@NullMarked
package dev.fencekv.server.replication.log;

import org.jspecify.annotations.NullMarked;
