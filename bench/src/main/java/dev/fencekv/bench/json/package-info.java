/**
 * JSON text, as far as reports need it: objects in the order they were made, lists, text, numbers,
 * yes and no. Depends on nothing.
 */
@NullMarked
package dev.fencekv.bench.json;

import org.jspecify.annotations.NullMarked;
