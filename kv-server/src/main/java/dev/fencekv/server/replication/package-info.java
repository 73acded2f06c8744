/**
 * The port to the replicated log: "append this, tell me when it is applied", and all that does not
 * depend on which engine keeps the log: combining commands into entries, lease time's ticks, shared
 * read confirmations, who a node is. Depends on state, command and the client's kv, clock and
 * check; never on an engine. The apply thread owns the state behind {@link
 * dev.fencekv.server.replication.AppliedState}; whoever holds the combiner's turn owns the stamps;
 * every class says for itself what else is shared.
 */
@NullMarked
package dev.fencekv.server.replication;

import org.jspecify.annotations.NullMarked;
