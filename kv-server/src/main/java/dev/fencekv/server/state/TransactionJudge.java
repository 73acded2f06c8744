package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges one branch of a transaction before any of it is done: each operation alone, then what all
 * of them take of the limits that they share. Changes nothing.
 */
final class TransactionJudge {
    /** What a result may take on the wire beside the value in it. */
    private static final int RESULT_BYTES = 128;

    private final @Nullable Session session;
    private final Records records;
    private final Expiries expiries;
    private final Locks locks;
    private final Settings settings;

    /** By how many bytes each operation changes what the records are charged. */
    private long[] growth = {};

    private long growthOfAll;
    private long resultBytes;

    /** Values that are deleted by range. */
    private long rangeBytes;

    private int keysWritten;
    private int keysOwnedMore;
    private int keysEndingMore;
    private int grants;

    /** Locks that come into use, and those of them that do not exist yet. */
    private int locksMore;

    private int locksNew;

    TransactionJudge(
            @Nullable Session session,
            Records records,
            Expiries expiries,
            Locks locks,
            Settings settings) {
        this.session = session;
        this.records = records;
        this.expiries = expiries;
        this.locks = locks;
        this.settings = settings;
    }

    /** Whether operation {@code index} needs more of the store; once the branch was judged. */
    boolean grows(int index) {
        return growth[index] > 0;
    }

    /** Null if the branch can be done, else what it is answered. To be called once. */
    @Nullable Outcome refusal(List<Operation> branch, Answers answers) {
        growth = new long[branch.size()];
        for (Operation operation : branch) {
            keysWritten += operation.writes() && operation.subject().isPresent() ? 1 : 0;
        }
        for (int i = 0; i < branch.size(); i++) {
            Outcome refused = refusal(branch.get(i), i, answers);
            if (refused != null) {
                return refused;
            }
            growthOfAll += growth[i];
            resultBytes += RESULT_BYTES;
        }
        return refusalOfAll(answers);
    }

    private @Nullable Outcome refusal(Operation operation, int index, Answers answers) {
        switch (operation.kind()) {
            case PUT -> look((Operation.Put) operation, index);
            case DELETE -> look((Operation.Delete) operation, index);
            case DELETE_RANGE -> {
                return refusal((Operation.DeleteRange) operation, index, answers);
            }
            case GET -> look((Operation.Get) operation);
            case EXPIRE -> look((Operation.Expire) operation);
            case INCREMENT -> {
                return refusal((Operation.Increment) operation, index, answers);
            }
            case APPEND -> {
                return refusal((Operation.Append) operation, index, answers);
            }
            case ACQUIRE -> {
                return refusal((Operation.Acquire) operation, index, answers);
            }
        }
        return null;
    }

    private void look(Operation.Put put, int index) {
        try (KvStore.Slot slot = records.hold(put.key())) {
            EncodedRecord before = slot.record();
            growth[index] = Records.growth(put.key(), before, put.value().length());
            resultBytes += returned(put.returnPrevious(), before);
            keysOwnedMore += (put.ephemeral() ? 1 : 0) - (isOurs(before) ? 1 : 0);
        }
        countEnding(put.key(), put.ttlMs());
    }

    private void look(Operation.Delete delete, int index) {
        resultBytes += lookAtDeleted(delete.key(), index, delete.returnPrevious());
    }

    /** Returns how many bytes its value has, if that is wanted; else 0. */
    private int lookAtDeleted(Key key, int index, boolean wanted) {
        countEnding(key, Operation.NEVER);
        try (KvStore.Slot slot = records.hold(key)) {
            EncodedRecord before = slot.record();
            growth[index] += Records.growth(key, before, Records.NO_VALUE);
            keysOwnedMore -= isOurs(before) ? 1 : 0;
            return returned(wanted, before);
        }
    }

    private @Nullable Outcome refusal(Operation.DeleteRange delete, int index, Answers answers) {
        int most = Limits.KEYS_PER_COMMAND_MAX - keysWritten;
        List<Key> keys = records.keys().keysIn(delete.range(), most + 1);
        if (keys.size() > most) {
            return answers.refused(
                    Status.TOO_LARGE, RefusalReason.KEYS_PER_COMMAND, Limits.KEYS_PER_COMMAND_MAX);
        }
        keysWritten += keys.size();
        for (Key key : keys) {
            // All that goes is copied, to history too, while nothing is read.
            rangeBytes += lookAtDeleted(key, index, true);
            if (rangeBytes > Limits.DELETED_RANGE_BYTES_MAX) {
                return answers.refused(
                        Status.TOO_LARGE,
                        RefusalReason.DELETED_RANGE_BYTES,
                        Limits.DELETED_RANGE_BYTES_MAX);
            }
        }
        return null;
    }

    private void look(Operation.Get get) {
        try (KvStore.Slot slot = records.hold(get.key())) {
            resultBytes += returned(true, slot.record());
        }
    }

    private void look(Operation.Expire expire) {
        try (KvStore.Slot slot = records.hold(expire.key())) {
            if (!slot.record().exists()) {
                return;
            }
        }
        countEnding(expire.key(), expire.ttlMs());
    }

    private static int returned(boolean wanted, EncodedRecord record) {
        return wanted && record.exists() ? record.valueBytes() : 0;
    }

    private boolean isOurs(EncodedRecord record) {
        return session != null && record.exists() && record.owner() == session.id.value();
    }

    private void countEnding(Key key, long ttlMs) {
        keysEndingMore += (ttlMs == Operation.NEVER ? 0 : 1) - (expiries.has(key) ? 1 : 0);
    }

    private @Nullable Outcome refusal(Operation.Increment increment, int index, Answers answers) {
        try (KvStore.Slot slot = records.hold(increment.key())) {
            EncodedRecord before = slot.record();
            long number = 0;
            if (before.exists()) {
                Long read = DecimalNumber.read(before.decode().value());
                if (read == null) {
                    return answers.refused(Status.CONDITION_FAILED, RefusalReason.NOT_A_NUMBER, 0);
                }
                number = read;
            }
            if (DecimalNumber.overflows(number, increment.delta())) {
                return answers.refused(Status.CONDITION_FAILED, RefusalReason.NUMBER_OVERFLOWS, 0);
            }
            int digits = Long.toString(number + increment.delta()).length();
            growth[index] = Records.growth(increment.key(), before, digits);
            return null;
        }
    }

    private @Nullable Outcome refusal(Operation.Append append, int index, Answers answers) {
        try (KvStore.Slot slot = records.hold(append.key())) {
            EncodedRecord before = slot.record();
            int bytes = append.value().length() + (before.exists() ? before.valueBytes() : 0);
            if (bytes > Limits.VALUE_BYTES_MAX) {
                return answers.refused(
                        Status.QUOTA_EXCEEDED,
                        RefusalReason.VALUE_TOO_LONG,
                        Limits.VALUE_BYTES_MAX);
            }
            growth[index] = Records.growth(append.key(), before, bytes);
            return null;
        }
    }

    private @Nullable Outcome refusal(Operation.Acquire acquire, int index, Answers answers) {
        Lock lock = locks.find(acquire.lock());
        Grant live = lock == null ? null : lock.grant;
        if (live != null && live.session() == session && live.owner() == acquire.owner()) {
            return null;
        }
        if (lock != null && !locks.isFree(lock)) {
            return answers.refused(Status.LOCK_BUSY, RefusalReason.LOCK_NOT_FREE, index + 1);
        }
        grants++;
        locksMore += lock == null || lock.isIdle() ? 1 : 0;
        locksNew += lock == null ? 1 : 0;
        return null;
    }

    private @Nullable Outcome refusalOfAll(Answers answers) {
        if (resultBytes > Limits.TRANSACTION_RESULT_BYTES_MAX) {
            return answers.refused(
                    Status.TOO_LARGE,
                    RefusalReason.RESULTS_TOO_LARGE,
                    Limits.TRANSACTION_RESULT_BYTES_MAX);
        }
        if (!records.fits(growthOfAll)) {
            return full(answers, RefusalReason.STORE_QUOTA, Setting.STORE_QUOTA_BYTES);
        }
        if (session != null
                && keysOwnedMore > 0
                && session.keys.size() + keysOwnedMore > Limits.KEYS_PER_SESSION_MAX) {
            return full(answers, RefusalReason.KEYS_PER_SESSION, Limits.KEYS_PER_SESSION_MAX);
        }
        if (keysEndingMore > 0
                && expiries.count() + (long) keysEndingMore
                        > settings.get(Setting.KEYS_WITH_TTL_MAX)) {
            return full(answers, RefusalReason.KEYS_WITH_TTL, Setting.KEYS_WITH_TTL_MAX);
        }
        return refusalOfLocks(answers);
    }

    private @Nullable Outcome refusalOfLocks(Answers answers) {
        if (grants == 0 || session == null) {
            return null;
        }
        if (session.grants.size() + session.waits.size() + grants > Limits.LOCKS_PER_SESSION_MAX) {
            return full(answers, RefusalReason.LOCKS_PER_SESSION, Limits.LOCKS_PER_SESSION_MAX);
        }
        if (!locks.hasTokensLeft(grants)) {
            return full(answers, RefusalReason.TOKENS_USED_UP, Limits.FENCING_TOKEN_MAX);
        }
        // A lock that exists needs no place, as for an acquire alone; but once one is new, those
        // that
        // are idle count, too: they may be forgotten to make room for it.
        return locksNew > 0 && locksMore > locks.placesLeft()
                ? full(answers, RefusalReason.LOCKS, Setting.LOCKS_MAX)
                : null;
    }

    private Outcome full(Answers answers, RefusalReason reason, Setting most) {
        return full(answers, reason, settings.get(most));
    }

    private static Outcome full(Answers answers, RefusalReason reason, long most) {
        return answers.refused(Status.QUOTA_EXCEEDED, reason, most);
    }
}
