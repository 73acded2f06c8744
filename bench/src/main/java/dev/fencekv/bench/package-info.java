/**
 * The instrument: measures FenceKV, and other stores beside it. Here its command line and FenceKV
 * as a target of load. Depends on the client, kv and clock, never on the server.
 */
@NullMarked
package dev.fencekv.bench;

import org.jspecify.annotations.NullMarked;
