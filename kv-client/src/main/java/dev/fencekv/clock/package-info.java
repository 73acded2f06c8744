/**
 * Time as a value: hybrid logical clock stamps and the clocks that make them. Depends on check
 * only. {@link dev.fencekv.clock.HybridClock} and {@link dev.fencekv.clock.SlewedClock} are owned
 * by one thread each; everything else is immutable.
 */
@NullMarked
package dev.fencekv.clock;

import org.jspecify.annotations.NullMarked;
