/**
 * Real nodes and real clients under faults by a seeded schedule, and verdicts on what the clients
 * saw. May depend on {@code cluster}, {@code history}, {@code json} and the client. The faults are
 * owned by one thread, each client's history by its process.
 */
@NullMarked
package dev.fencekv.bench.torture;

import org.jspecify.annotations.NullMarked;
