/**
 * Starts a node, wires its parts together, stops it. Depends on everything; nothing depends on it.
 */
@NullMarked
package dev.fencekv.server;

import org.jspecify.annotations.NullMarked;
