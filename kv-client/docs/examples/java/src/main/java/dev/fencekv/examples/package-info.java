/**
 * Small programs that use the client, to read and to copy from. Each does one thing, has a {@code
 * main} that takes the endpoints of a cluster, and is run by a test. They depend on the client
 * alone.
 */
@NullMarked
package dev.fencekv.examples;

import org.jspecify.annotations.NullMarked;
