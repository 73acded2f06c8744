package dev.fencekv.server.state;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.server.command.BytesOut;

/** A gate before a resource outside the store, and whom it has admitted. */
final class Gate extends Item {
    final ResourceName resource;

    /** The lock that it was made with. */
    final LockName lock;

    /** The highest token admitted. Only grows. */
    FencingToken mark;

    /** When the mark was raised last. */
    long revision;

    /** Admissions that it has refused. */
    long refused;

    Gate(ResourceName resource, LockName lock, FencingToken mark, long revision) {
        this.resource = resource;
        this.lock = lock;
        this.mark = mark;
        this.revision = revision;
    }

    GateInfo info() {
        return new GateInfo(resource, lock, mark, revision, refused);
    }

    @Override
    ItemKind kind() {
        return ItemKind.GATE;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putText(resource.value());
    }

    @Override
    void encodeContent(BytesOut out) {
        out.putText(lock.value());
        out.putLong(mark.value());
        out.putLong(revision);
        out.putLong(refused);
    }
}
