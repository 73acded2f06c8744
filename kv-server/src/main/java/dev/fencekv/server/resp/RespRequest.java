package dev.fencekv.server.resp;

import dev.fencekv.kv.Value;
import java.util.List;

/**
 * One command as it came: its name and arguments, or what is wrong with it.
 *
 * @param words name first; empty if the command is not to be executed
 * @param bytes what it takes of memory while it waits
 * @param trouble the error to answer with instead of executing it; empty if there is none
 * @param last whether the connection ends with that answer
 */
record RespRequest(List<Value> words, int bytes, String trouble, boolean last) {
    RespRequest {
        words = List.copyOf(words);
    }

    static RespRequest of(List<Value> words, int bytes) {
        return new RespRequest(words, bytes, "", false);
    }

    /** Understood, skipped, and answered with an error. */
    static RespRequest refused(String trouble) {
        return new RespRequest(List.of(), RespLimits.WORD_OVERHEAD_BYTES, trouble, false);
    }

    /** Nothing that comes after it can be understood. */
    static RespRequest broken(String trouble) {
        return new RespRequest(List.of(), RespLimits.WORD_OVERHEAD_BYTES, trouble, true);
    }

    boolean isExecutable() {
        return trouble.isEmpty();
    }
}
