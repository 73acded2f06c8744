/**
 * The nouns of the data model, as values that cannot be wrong, and the one vocabulary of statuses
 * that log, wire and client share. Depends on clock and check. Holds no mutable state.
 */
@NullMarked
package dev.fencekv.kv;

import org.jspecify.annotations.NullMarked;
