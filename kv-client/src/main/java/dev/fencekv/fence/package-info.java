/**
 * Fencing for resources outside the store: recipes for SQL databases, files and HTTP services, so
 * that a lock holder that was superseded cannot change them. Depends on kv and check; knows nothing
 * of the client: all it needs is a token. Each class says what it cannot protect. Mutable state is
 * in the resource; what is cached of it is guarded by a lock that says so.
 */
@NullMarked
package dev.fencekv.fence;

import org.jspecify.annotations.NullMarked;
