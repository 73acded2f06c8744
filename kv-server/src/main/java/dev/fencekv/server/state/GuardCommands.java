package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;

/** Sets and removes guards. */
final class GuardCommands {
    private final Guards guards;
    private final Locks locks;
    private final Change change;
    private final Answers answers;

    GuardCommands(Guards guards, Locks locks, Change change, Answers answers) {
        this.guards = guards;
        this.locks = locks;
        this.change = change;
        this.answers = answers;
    }

    Outcome set(Command.SetGuard set) {
        Guard guard = set.guard();
        Lock known = locks.find(guard.lock());
        boolean granted = known != null && !known.newestToken.isNone();
        if (guard.mode() == GuardMode.ENFORCE && !granted && !set.force()) {
            return answers.refused(
                    Status.CONDITION_FAILED,
                    "lock "
                            + guard.lock()
                            + " was never granted, so every writer would be refused at once:"
                            + " acquire it first, or force");
        }
        GuardEntry before = guards.find(guard.prefix());
        if (before == null && guards.count() >= Limits.GUARDS_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, "at most " + Limits.GUARDS_MAX + " guards");
        }
        if (guards.deepestWith(guard.prefix()) > Limits.GUARDS_OVER_ONE_KEY_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    "at most " + Limits.GUARDS_OVER_ONE_KEY_MAX + " guards over one key");
        }
        Lock lock = locks.obtain(guard.lock());
        if (lock == null) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    "there are as many locks in use as " + Setting.LOCKS_MAX.text() + " allows");
        }
        change.effect();
        locks.guardAdded(lock);
        if (before != null) {
            drop(before);
        }
        guards.add(new GuardEntry(guard, change.revision()));
        return answers.done();
    }

    Outcome remove(Command.RemoveGuard remove) {
        GuardEntry entry = guards.find(remove.prefix());
        if (entry == null) {
            return answers.plain(Status.NOT_FOUND);
        }
        change.effect();
        drop(entry);
        return answers.done();
    }

    private void drop(GuardEntry entry) {
        guards.remove(entry);
        Check.present(locks.find(entry.guard.lock()), "the lock of a guard");
        locks.guardRemoved(entry.guard.lock());
    }
}
