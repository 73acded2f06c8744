/**
 * Judges recorded histories: whether one order of the operations explains all that clients saw.
 *
 * <p>May depend on {@code json}. Everything here is immutable, or owned by the thread that checks.
 */
@NullMarked
package dev.fencekv.bench.history;

import org.jspecify.annotations.NullMarked;
