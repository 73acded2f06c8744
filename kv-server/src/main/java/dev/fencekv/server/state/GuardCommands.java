package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;

/** Sets and removes guards. */
final class GuardCommands {
    private final Guards guards;
    private final Locks locks;
    private final Settings settings;
    private final Change change;
    private final Answers answers;

    GuardCommands(Guards guards, Locks locks, Settings settings, Change change, Answers answers) {
        this.guards = guards;
        this.locks = locks;
        this.settings = settings;
        this.change = change;
        this.answers = answers;
    }

    Outcome set(Command.SetGuard set) {
        Guard guard = set.guard();
        Lock known = locks.find(guard.lock());
        // Readers and permits do not count: no guard takes their tokens.
        boolean hadAlone = known != null && known.hadAlone;
        if (guard.mode() == GuardMode.ENFORCE && !hadAlone && !set.force()) {
            return answers.refused(Status.CONDITION_FAILED, RefusalReason.LOCK_NEVER_GRANTED, 0);
        }
        GuardEntry before = guards.find(guard.prefix());
        if (before == null && guards.count() >= Limits.GUARDS_MAX) {
            return answers.refused(Status.QUOTA_EXCEEDED, RefusalReason.GUARDS, Limits.GUARDS_MAX);
        }
        if (guards.deepestWith(guard.prefix()) > Limits.GUARDS_OVER_ONE_KEY_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.GUARDS_OVER_ONE_KEY,
                    Limits.GUARDS_OVER_ONE_KEY_MAX);
        }
        Lock lock = locks.obtain(guard.lock());
        if (lock == null) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, RefusalReason.LOCKS, settings.get(Setting.LOCKS_MAX));
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
