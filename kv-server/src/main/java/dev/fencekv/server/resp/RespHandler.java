package dev.fencekv.server.resp;

import dev.fencekv.kv.Value;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Executes commands. */
@FunctionalInterface
interface RespHandler {
    /**
     * Called on the event loop of the connection, for one command of it at a time; does not block.
     * What it throws, or fails with, is an error of {@link Failures}.
     *
     * @param words name first, at least that
     */
    CompletableFuture<RespReply> handle(RespClient caller, List<Value> words);
}
