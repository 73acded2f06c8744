package dev.fencekv.server.replication.log;

import java.nio.ByteBuffer;

/**
 * An entry as it was appended.
 *
 * @param type the engine's, which means nothing here
 * @param payload the reader's own
 */
public record StoredEntry(long index, long term, int type, ByteBuffer payload) {}
