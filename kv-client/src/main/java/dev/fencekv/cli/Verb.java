package dev.fencekv.cli;

import dev.fencekv.client.KvClient;

/** A verb that talks to the cluster. */
abstract class Verb extends PlainVerb {
    /** Runs the verb with a client that is closed after it, unless it is a shell's. */
    @Override
    public Integer call() throws Exception {
        try (LentClient lent = kvcli().lend()) {
            return run(lent.client()).number();
        }
    }

    abstract ExitCode run(KvClient client) throws Exception;
}
