/**
 * What is in the log, and what came of it: commands, outcomes, and their bytes. Depends on the
 * client's kv, clock and check. Never meets the wire format: a log written today must be readable
 * after the protocol has changed. Everything is immutable but the two byte cursors, which are owned
 * by one thread each.
 */
@NullMarked
package dev.fencekv.server.command;

import org.jspecify.annotations.NullMarked;
