/**
 * Where the time of one put goes on a node. Knows nobody; whoever a put passes calls {@link
 * dev.fencekv.server.trace.PutTrace#mark}. Its state belongs to the one trace of the process.
 */
@NullMarked
package dev.fencekv.server.trace;

import org.jspecify.annotations.NullMarked;
