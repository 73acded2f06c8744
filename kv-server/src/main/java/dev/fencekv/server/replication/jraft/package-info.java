/**
 * The only place that knows JRaft: starts its node over our transport, hands it entries, and hands
 * what it commits to {@link dev.fencekv.server.replication.ReplicatedLog}. Depends on replication,
 * command and state. What the engine calls back is the apply thread (its FSM thread), which owns
 * the order of everything that is applied.
 */
@NullMarked
package dev.fencekv.server.replication.jraft;

import org.jspecify.annotations.NullMarked;
