package dev.fencekv.client;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gates before resources outside the store, such as a printer, a bucket or another database. A gate
 * belongs to the lock that it was made with and remembers the highest token that it has admitted:
 * whoever comes with a lower one, or with one that the store does not know to be of that lock, is
 * refused. So a holder that was superseded does not get in once its successor has.
 *
 * <p>What a gate cannot know is how long the admitted work takes: a holder that was admitted and
 * then paused still has its foot in the door. A resource that can compare tokens itself is better
 * protected by that; see {@code docs/external-fence.md}.
 *
 * <p>Safe from any thread. Failures as {@link KvClient} says.
 */
public final class Gates {
    private final ClientCore core;

    Gates(ClientCore core) {
        this.core = core;
    }

    /**
     * Asks to be admitted to a resource. The first admission makes its gate. Asking again with the
     * same token is admitted again.
     *
     * @param fence the lock, and the token that its holder was granted
     * @return fails with {@link FencedException} if the token is lower than one that was admitted,
     *     was revoked, is not remembered as one of that lock, or if the gate is another lock's; and
     *     with QUOTA_EXCEEDED if there are too many gates
     */
    public CompletableFuture<WriteResult> admitAsync(ResourceName resource, Fence fence) {
        return core.records()
                .write(false, id -> new Request.Admit(id, resource, fence.lock(), fence.token()));
    }

    /** Blocking {@link #admitAsync}. */
    public WriteResult admit(ResourceName resource, Fence fence) {
        return core.await(admitAsync(resource, fence));
    }

    /**
     * Removes the gate of a resource; {@link WriteResult#changed} tells if it had one. Its mark is
     * forgotten: a new gate would admit any token of its lock that is still remembered.
     */
    public CompletableFuture<WriteResult> removeAsync(ResourceName resource) {
        return core.records().write(false, id -> new Request.RemoveGate(id, resource));
    }

    /** Blocking {@link #removeAsync}. */
    public WriteResult remove(ResourceName resource) {
        return core.await(removeAsync(resource));
    }

    /** All gates, by resource. Pages are read one after the other: not one moment's picture. */
    public CompletableFuture<List<GateInfo>> listAsync() {
        return new Listing<>(core, Reply.Gates.class, Reply.Gates::gates, Reply.Gates::more)
                .read(
                        after ->
                                new Request.ListGates(
                                        after.map(row -> row.resource().value()).orElse(""),
                                        Listing.PAGE_ROWS));
    }

    /** Blocking {@link #listAsync}. */
    public List<GateInfo> list() {
        return core.await(listAsync());
    }
}
