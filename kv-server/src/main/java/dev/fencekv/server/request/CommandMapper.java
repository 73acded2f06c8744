package dev.fencekv.server.request;

import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Setting;
import dev.fencekv.wire.Request;

/** What a client asks, as a command of the log. The two forms are versioned apart. Stateless. */
final class CommandMapper {
    private CommandMapper() {}

    static Command put(Request.Put put) {
        return new Command.Put(
                put.id(), put.fences(), put.key(), put.value(), put.ifRevision(), put.ephemeral());
    }

    static Command delete(Request.Delete delete) {
        return new Command.Delete(delete.id(), delete.fences(), delete.key(), delete.ifRevision());
    }

    static Command increment(Request.Increment increment) {
        return new Command.Increment(
                increment.id(), increment.fences(), increment.key(), increment.delta());
    }

    static Command append(Request.Append append) {
        return new Command.Append(append.id(), append.fences(), append.key(), append.value());
    }

    static Command transact(Request.Transact transact) {
        return new Command.Transact(transact.id(), transact.fences(), transact.transaction());
    }

    static Command openSession(Request.OpenSession open) {
        return new Command.OpenSession(open.nonce(), open.ttlMs(), open.label());
    }

    static Command closeSession(Request.CloseSession close) {
        return new Command.CloseSession(close.id());
    }

    static Command acquire(Request.Acquire acquire) {
        return new Command.Acquire(
                acquire.id(),
                acquire.lock(),
                acquire.owner(),
                acquire.waitMs(),
                acquire.lockDelayMs());
    }

    static Command acquireShared(Request.AcquireShared acquire) {
        return new Command.AcquireShared(
                acquire.id(), acquire.lock(), acquire.owner(), acquire.waitMs(), acquire.permits());
    }

    static Command reclaim(Request.Reclaim reclaim) {
        return new Command.Reclaim(
                reclaim.id(),
                reclaim.lock(),
                reclaim.owner(),
                reclaim.lockDelayMs(),
                reclaim.token());
    }

    static Command release(Request.Release release) {
        return new Command.Release(release.id(), release.lock(), release.token());
    }

    static Command cancelWait(Request.CancelWait cancel) {
        return new Command.CancelWait(cancel.id(), cancel.lock(), cancel.owner());
    }

    static Command revoke(Request.Revoke revoke) {
        return new Command.Revoke(revoke.id(), revoke.lock(), revoke.token());
    }

    static Command setGuard(Request.SetGuard set) {
        return new Command.SetGuard(set.id(), set.guard(), set.force());
    }

    static Command removeGuard(Request.RemoveGuard remove) {
        return new Command.RemoveGuard(remove.id(), remove.prefix());
    }

    static Command admit(Request.Admit admit) {
        return new Command.Admit(admit.id(), admit.resource(), admit.lock(), admit.token());
    }

    static Command removeGate(Request.RemoveGate remove) {
        return new Command.RemoveGate(remove.id(), remove.resource());
    }

    /** Throws IllegalArgumentException for a name that no setting has. */
    static Command.ChangeSetting changeSetting(Request.ChangeSetting change) {
        return new Command.ChangeSetting(
                change.id(), Setting.ofText(change.name()), change.value());
    }
}
