/**
 * FenceKV and other stores side by side: each on a fresh cluster of its own, one after the other,
 * in several rounds, offered the same load by the same code. A store's client runs in a process of
 * its own, so that no client shares a heap or a compiler with another. Depends on everything but
 * the command line.
 */
@NullMarked
package dev.fencekv.bench.compare;

import org.jspecify.annotations.NullMarked;
