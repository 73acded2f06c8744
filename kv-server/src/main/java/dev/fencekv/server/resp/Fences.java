package dev.fencekv.server.resp;

import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import java.util.ArrayList;
import java.util.List;

/** Tokens that a command shows: {@code TOKEN lock token}, once or more. Stateless. */
final class Fences {
    private Fences() {}

    /** The rest of {@code words}, which must be tokens, one at least. */
    static List<Fence> read(Words words) {
        List<Fence> fences = new ArrayList<>();
        do {
            words.expect("TOKEN");
            fences.add(words.fence());
        } while (words.hasMore());
        return fences;
    }

    static WriteOptions shown(WriteOptions options, List<Fence> fences) {
        WriteOptions shown = options;
        for (Fence fence : fences) {
            shown = shown.fence(fence);
        }
        return shown;
    }

    static ReadOptions shown(ReadOptions options, List<Fence> fences) {
        ReadOptions shown = options;
        for (Fence fence : fences) {
            shown = shown.fence(fence);
        }
        return shown;
    }
}
