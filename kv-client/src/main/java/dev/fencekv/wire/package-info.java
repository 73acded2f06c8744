/**
 * The client protocol: bytes to requests and replies and back. Depends on kv, clock, check and
 * Netty's buffers. The single source of the byte layout is {@code protocol.table}; the codecs are
 * written by hand and tested against it. Requests and replies are immutable; decoders are owned by
 * the event loop of their channel.
 */
@NullMarked
package dev.fencekv.wire;

import org.jspecify.annotations.NullMarked;
