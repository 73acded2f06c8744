/** Stops us when we are wrong. Depends on nothing. Holds no mutable state. */
@NullMarked
package dev.fencekv.check;

import org.jspecify.annotations.NullMarked;
