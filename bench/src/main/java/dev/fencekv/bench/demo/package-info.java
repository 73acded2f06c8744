/**
 * The story that the project exists for, replayed with real processes. Depends on the client, kv
 * and clock, never on the server.
 */
@NullMarked
package dev.fencekv.bench.demo;

import org.jspecify.annotations.NullMarked;
