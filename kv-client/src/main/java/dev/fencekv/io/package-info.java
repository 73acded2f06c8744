/**
 * How sockets are polled, and by which threads. Depends on Netty only. The threads belong to {@link
 * dev.fencekv.io.IoThreads}.
 */
@NullMarked
package dev.fencekv.io;

import org.jspecify.annotations.NullMarked;
