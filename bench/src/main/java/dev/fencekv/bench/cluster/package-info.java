/**
 * Server processes: starts them, looks at what they cost, stops them. Only processes started here
 * are ever signalled. Depends on the client (to ask nodes of themselves) and load (to hear when the
 * measured window begins and ends).
 */
@NullMarked
package dev.fencekv.bench.cluster;

import org.jspecify.annotations.NullMarked;
