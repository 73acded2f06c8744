package dev.fencekv.server.state;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
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
    private final Expiries expiries;
    private final Change change;
    private final Answers answers;

    RecordCommands(
            Records records,
            Sessions sessions,
            Settings settings,
            Expiries expiries,
            Change change,
            Answers answers) {
        this.records = records;
        this.sessions = sessions;
        this.settings = settings;
        this.expiries = expiries;
        this.change = change;
        this.answers = answers;
    }

    Outcome put(Command.Put put) {
        try (KvStore.Slot slot = records.hold(put.key())) {
            return put(put, slot, slot.record());
        }
    }

    private Outcome put(Command.Put put, KvStore.Slot slot, EncodedRecord before) {
        Key key = put.key();
        long actual = before.exists() ? before.modifyRevision() : 0;
        if (put.ifRevision() != Command.ANY_REVISION && put.ifRevision() != actual) {
            return answers.conditionFailed(actual);
        }
        if (!records.fits(key, before, put.value().length())) {
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
        moveOwnership(key, before, owner);
        records.put(
                key,
                slot,
                recordOf(
                        put,
                        shownToken(put.fences()),
                        put.value(),
                        before,
                        owner == null ? SessionId.NONE : owner.id));
        if (!expiries.isEmpty()) {
            expiries.clear(key);
        }
        return answers.done();
    }

    /** What a command makes of a record by writing a value under a token. */
    Versioned recordOf(
            Command command,
            FencingToken token,
            Value value,
            EncodedRecord before,
            SessionId owner) {
        long revision = change.revision();
        return new Versioned(
                value,
                before.exists() ? before.createRevision() : revision,
                revision,
                before.exists() ? before.version() + 1 : 1,
                change.at(),
                token,
                owner,
                command.id().session(),
                command.id().sequence());
    }

    Outcome increment(Command.Increment increment) {
        try (KvStore.Slot slot = records.hold(increment.key())) {
            EncodedRecord before = slot.record();
            long sum = 0;
            if (before.exists()) {
                Long number = DecimalNumber.read(before.decode().value());
                if (number == null) {
                    return answers.refused(Status.CONDITION_FAILED, RefusalReason.NOT_A_NUMBER, 0);
                }
                sum = number;
            }
            long delta = increment.delta();
            if (DecimalNumber.overflows(sum, delta)) {
                return answers.refused(Status.CONDITION_FAILED, RefusalReason.NUMBER_OVERFLOWS, 0);
            }
            sum += delta;
            return replace(increment, increment.key(), slot, Value.of(Long.toString(sum)), sum);
        }
    }

    Outcome append(Command.Append append) {
        try (KvStore.Slot slot = records.hold(append.key())) {
            EncodedRecord before = slot.record();
            Value whole = append.value();
            if (before.exists()) {
                if (before.valueBytes() + append.value().length() > Limits.VALUE_BYTES_MAX) {
                    return answers.refused(
                            Status.QUOTA_EXCEEDED,
                            RefusalReason.VALUE_TOO_LONG,
                            Limits.VALUE_BYTES_MAX);
                }
                whole = before.decode().value().concat(append.value());
            }
            return replace(append, append.key(), slot, whole, whole.length());
        }
    }

    /** Another value for a key that stays whose it was. */
    private Outcome replace(Command command, Key key, KvStore.Slot slot, Value value, long result) {
        EncodedRecord before = slot.record();
        if (!records.fits(key, before, value.length())) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.STORE_QUOTA,
                    settings.get(Setting.STORE_QUOTA_BYTES));
        }
        change.effect();
        SessionId owner = before.exists() ? new SessionId(before.owner()) : SessionId.NONE;
        FencingToken token = shownToken(command.fences());
        records.put(key, slot, recordOf(command, token, value, before, owner));
        return answers.with(Status.OK, new Outcome.Number(result));
    }

    static FencingToken shownToken(List<Fence> fences) {
        return fences.isEmpty() ? FencingToken.NONE : fences.get(0).token();
    }

    Outcome delete(Command.Delete delete) {
        try (KvStore.Slot slot = records.hold(delete.key())) {
            return delete(delete, slot, slot.record());
        }
    }

    private Outcome delete(Command.Delete delete, KvStore.Slot slot, EncodedRecord before) {
        long actual = before.exists() ? before.modifyRevision() : 0;
        if (delete.ifRevision() != Command.ANY_REVISION && delete.ifRevision() != actual) {
            return answers.conditionFailed(actual);
        }
        if (!before.exists()) {
            return answers.plain(Status.NOT_FOUND);
        }
        change.effect();
        moveOwnership(delete.key(), before, null);
        records.remove(delete.key(), slot, change);
        return answers.done();
    }

    /** A key belongs to the session of its last put, or to none. */
    void moveOwnership(Key key, EncodedRecord before, @Nullable Session owner) {
        if (before.exists() && before.owner() != SessionId.NONE.value()) {
            Session former = sessions.findLive(new SessionId(before.owner()));
            if (former != null && former != owner) {
                former.keys.remove(key);
            }
        }
        if (owner != null) {
            owner.keys.add(key);
        }
    }
}
