package dev.fencekv.server.state;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes records: conditions, limits and effect. Fences have been checked before. */
final class RecordCommands {
    private final Records records;
    private final Sessions sessions;
    private final Settings settings;
    private final Change change;
    private final Answers answers;

    RecordCommands(
            Records records, Sessions sessions, Settings settings, Change change, Answers answers) {
        this.records = records;
        this.sessions = sessions;
        this.settings = settings;
        this.change = change;
        this.answers = answers;
    }

    Outcome put(Command.Put put) {
        Key key = put.key();
        Versioned before = records.get(key);
        long actual = before == null ? 0 : before.modifyRevision();
        if (put.ifRevision() != Command.ANY_REVISION && put.ifRevision() != actual) {
            return answers.conditionFailed(actual);
        }
        if (!records.fits(key, before, put.value().length(), settings)) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.STORE_QUOTA,
                    settings.get(Setting.STORE_QUOTA_BYTES));
        }
        Session owner = put.ephemeral() ? sessions.findLive(put.id().session()) : null;
        if (owner != null
                && !owner.keys.contains(key)
                && owner.keys.size() >= Limits.KEYS_PER_SESSION_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.KEYS_PER_SESSION,
                    Limits.KEYS_PER_SESSION_MAX);
        }
        change.effect();
        records.put(key, before, recordOf(put, before, owner));
        moveOwnership(key, before, owner);
        return answers.done();
    }

    private Versioned recordOf(
            Command.Put put, @Nullable Versioned before, @Nullable Session owner) {
        long revision = change.revision();
        return new Versioned(
                put.value(),
                before == null ? revision : before.createRevision(),
                revision,
                before == null ? 1 : before.version() + 1,
                change.at(),
                shownToken(put.fences()),
                owner == null ? SessionId.NONE : owner.id,
                put.id().session(),
                put.id().sequence());
    }

    private static FencingToken shownToken(List<Fence> fences) {
        return fences.isEmpty() ? FencingToken.NONE : fences.get(0).token();
    }

    Outcome delete(Command.Delete delete) {
        Key key = delete.key();
        Versioned before = records.get(key);
        long actual = before == null ? 0 : before.modifyRevision();
        if (delete.ifRevision() != Command.ANY_REVISION && delete.ifRevision() != actual) {
            return answers.conditionFailed(actual);
        }
        if (before == null) {
            return answers.plain(Status.NOT_FOUND);
        }
        change.effect();
        records.remove(key, before);
        moveOwnership(key, before, null);
        return answers.done();
    }

    /** A key belongs to the session of its last put, or to none. */
    private void moveOwnership(Key key, @Nullable Versioned before, @Nullable Session owner) {
        if (before != null && !before.owner().isNone()) {
            Session former = sessions.findLive(before.owner());
            if (former != null && former != owner) {
                former.keys.remove(key);
            }
        }
        if (owner != null) {
            owner.keys.add(key);
        }
    }
}
