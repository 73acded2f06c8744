package dev.fencekv.cli;

import dev.fencekv.client.KvClient;

/**
 * A client for one run of a verb.
 *
 * @param kept whether somebody else closes it
 */
record LentClient(KvClient client, boolean kept) implements AutoCloseable {
    @Override
    public void close() {
        if (!kept) {
            client.close();
        }
    }
}
