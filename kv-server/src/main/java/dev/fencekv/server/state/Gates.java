package dev.fencekv.server.state;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.server.command.BytesIn;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The gates by their resources. A lock with a gate is not forgotten. */
final class Gates {
    private final Locks locks;
    private final Ledger ledger;
    private final TreeMap<ResourceName, Gate> byResource = new TreeMap<>();

    Gates(Locks locks, Ledger ledger) {
        this.locks = locks;
        this.ledger = ledger;
    }

    int count() {
        return byResource.size();
    }

    @Nullable Gate find(ResourceName resource) {
        return byResource.get(resource);
    }

    /** The lock must be there. */
    void add(Gate gate) {
        byResource.put(gate.resource, gate);
        ledger.added(gate);
        locks.gateAdded(gate.lock);
    }

    void remove(Gate gate) {
        byResource.remove(gate.resource);
        ledger.removed(gate);
        locks.gateRemoved(gate.lock);
    }

    void raise(Gate gate, FencingToken mark, long revision) {
        ledger.changing(gate);
        gate.mark = mark;
        gate.revision = revision;
        ledger.changed(gate);
    }

    void countRefusal(Gate gate) {
        ledger.changing(gate);
        gate.refused++;
        ledger.changed(gate);
    }

    /** The first above {@code after}; null for from the first. */
    @Nullable Gate next(@Nullable ResourceName after) {
        Map.Entry<ResourceName, Gate> next =
                after == null ? byResource.firstEntry() : byResource.higherEntry(after);
        return next == null ? null : next.getValue();
    }

    /** Gates are restored after locks, which know already whether they are idle. */
    void restore(BytesIn key, BytesIn content) {
        Gate gate =
                new Gate(
                        new ResourceName(key.getText()),
                        new LockName(content.getText()),
                        new FencingToken(content.getLong()),
                        content.getLong());
        gate.refused = content.getLong();
        byResource.put(gate.resource, gate);
        ledger.added(gate);
        locks.gateRestored(gate.lock);
    }
}
