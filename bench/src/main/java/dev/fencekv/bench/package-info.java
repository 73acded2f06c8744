/**
 * Drives real nodes over the real client: the latency of a put. Depends on the client, kv and
 * clock, never on the server.
 */
@NullMarked
package dev.fencekv.bench;

import org.jspecify.annotations.NullMarked;
