/**
 * Keeps the records of the state machine in memory: off the heap in a Chronicle Map, or on the heap
 * as oracle and way out. Depends on state (the port it implements), kv and check; nobody else knows
 * OpenHFT. A store is owned by the thread that applies the log; any thread may read one record.
 */
@NullMarked
package dev.fencekv.server.store;

import org.jspecify.annotations.NullMarked;
