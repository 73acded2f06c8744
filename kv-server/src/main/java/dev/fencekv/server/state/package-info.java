/**
 * The replicated state machine: a pure function of the log. Depends on command and on the client's
 * kv, clock and check; never on a clock reading, randomness, threads, network, disk or a logger.
 * Everything here is owned by the thread that applies the log; readers come in under the lock of
 * {@code replication.AppliedState}.
 */
@NullMarked
package dev.fencekv.server.state;

import org.jspecify.annotations.NullMarked;
