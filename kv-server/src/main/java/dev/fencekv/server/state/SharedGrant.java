package dev.fencekv.server.state;

import dev.fencekv.kv.HolderInfo;
import dev.fencekv.server.command.BytesOut;

/**
 * A reader, or a holder of a permit. An item of its own, so that a lock with many of them costs no
 * more to change than one with few.
 */
final class SharedGrant extends Item {
    final Lock lock;
    final Grant grant;
    final LockUse use;

    SharedGrant(Lock lock, Grant grant, LockUse use) {
        this.lock = lock;
        this.grant = grant;
        this.use = use;
    }

    LockOwner lockOwner() {
        return new LockOwner(lock.name, grant.owner());
    }

    HolderInfo info() {
        return new HolderInfo(grant.info(), true, use.permits());
    }

    @Override
    ItemKind kind() {
        return ItemKind.SHARED_GRANT;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putLong(grant.token().value());
    }

    @Override
    void encodeContent(BytesOut out) {
        out.putText(lock.name.value());
        out.putLong(grant.session().id.value());
        out.putLong(grant.owner());
        out.putLong(grant.revision());
        out.putLong(grant.at().packed());
        out.putInt(use.permits());
    }
}
