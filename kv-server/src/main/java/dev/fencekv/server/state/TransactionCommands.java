package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Transactions: the comparisons choose a branch, the branch is judged as a whole, and only then is
 * anything changed. Fences have been checked before.
 *
 * <p>Within a branch each key and each lock is named once ({@link Transaction}), so what judged the
 * state before the branch still holds when the operations come to be done, in any order.
 */
final class TransactionCommands {
    private final RecordCommands recordCommands;
    private final Records records;
    private final Expiries expiries;
    private final Locks locks;
    private final Settings settings;
    private final Change change;
    private final Answers answers;

    TransactionCommands(
            RecordCommands recordCommands,
            Records records,
            Expiries expiries,
            Locks locks,
            Settings settings,
            Change change,
            Answers answers) {
        this.recordCommands = recordCommands;
        this.records = records;
        this.expiries = expiries;
        this.locks = locks;
        this.settings = settings;
        this.change = change;
        this.answers = answers;
    }

    Outcome transact(@Nullable Session session, Command.Transact command) {
        Transaction transaction = command.transaction();
        boolean succeeded = hold(transaction.comparisons());
        List<Operation> branch = succeeded ? transaction.then() : transaction.orElse();
        TransactionJudge judge = new TransactionJudge(session, records, expiries, locks, settings);
        Outcome refused = judge.refusal(branch, answers);
        if (refused != null) {
            return refused;
        }
        List<OperationResult> results = done(session, command, branch, judge);
        return answers.with(Status.OK, new Outcome.Transacted(succeeded, results));
    }

    private boolean hold(List<Comparison> comparisons) {
        for (Comparison comparison : comparisons) {
            if (!holds(comparison)) {
                return false;
            }
        }
        return true;
    }

    private boolean holds(Comparison comparison) {
        try (KvStore.Slot slot = records.hold(comparison.key())) {
            // No more is copied than is compared, which the log has room for.
            EncodedRecord record = slot.beginning(comparison.value().length());
            if (comparison.subject() == Comparison.Subject.VALUE) {
                return record.exists()
                        && comparison
                                .operator()
                                .holds(record.compareValue(slot.valueBytes(), comparison.value()));
            }
            long actual = record.exists() ? number(record, comparison.subject()) : 0;
            return comparison.operator().holds(Long.compare(actual, comparison.number()));
        }
    }

    private static long number(EncodedRecord record, Comparison.Subject subject) {
        return switch (subject) {
            case MODIFY_REVISION -> record.modifyRevision();
            case CREATE_REVISION -> record.createRevision();
            case VERSION -> record.version();
            case TOKEN -> record.token();
            case OWNER -> record.owner();
            case VALUE -> throw new AssertionError(subject);
        };
    }

    /**
     * Locks first, for the token that all is written under; then what does not grow, then what
     * does: so the store is never fuller on the way than before or after.
     */
    private List<OperationResult> done(
            @Nullable Session session,
            Command.Transact command,
            List<Operation> branch,
            TransactionJudge judge) {
        OperationResult[] results = new OperationResult[branch.size()];
        FencingToken token = RecordCommands.shownToken(command.fences());
        for (int i = 0; i < branch.size(); i++) {
            if (branch.get(i) instanceof Operation.Acquire acquire) {
                FencingToken granted = acquire(needed(session), acquire);
                token = token.isNone() ? granted : token;
                results[i] = new OperationResult.Acquire(granted);
            }
        }
        Writing writing = new Writing(session, command, token);
        for (boolean growing : new boolean[] {false, true}) {
            for (int i = 0; i < branch.size(); i++) {
                Operation operation = branch.get(i);
                if (judge.grows(i) == growing && operation.kind() != Operation.Kind.ACQUIRE) {
                    results[i] = writing.result(operation);
                }
            }
        }
        return List.of(results);
    }

    private static Session needed(@Nullable Session session) {
        return Check.present(session, "the session of an operation that cannot be without");
    }

    private FencingToken acquire(Session session, Operation.Acquire acquire) {
        Lock lock = Check.present(locks.obtain(acquire.lock()), "room for a lock");
        Grant live = lock.grant;
        if (live != null) {
            return live.token();
        }
        return locks.grant(lock, session, acquire.owner(), acquire.lockDelayMs()).token();
    }

    /** Does the operations of a branch that has been judged, each on a key of its own. */
    private final class Writing {
        private final @Nullable Session session;
        private final Command command;
        private final FencingToken token;

        Writing(@Nullable Session session, Command command, FencingToken token) {
            this.session = session;
            this.command = command;
            this.token = token;
        }

        OperationResult result(Operation operation) {
            return switch (operation.kind()) {
                case PUT -> put((Operation.Put) operation);
                case DELETE -> delete((Operation.Delete) operation);
                case DELETE_RANGE -> delete((Operation.DeleteRange) operation);
                case GET -> get((Operation.Get) operation);
                case INCREMENT -> increment((Operation.Increment) operation);
                case APPEND -> append((Operation.Append) operation);
                case EXPIRE -> expire((Operation.Expire) operation);
                case ACQUIRE -> throw new AssertionError(operation.kind());
            };
        }

        private OperationResult put(Operation.Put put) {
            Session owner = put.ephemeral() ? needed(session) : null;
            Optional<Versioned> previous;
            try (KvStore.Slot slot = records.hold(put.key())) {
                EncodedRecord before = slot.record();
                previous = previous(put.returnPrevious(), before);
                change.effect();
                recordCommands.moveOwnership(put.key(), before, owner);
                write(slot, put.key(), put.value(), owner == null ? SessionId.NONE : owner.id);
            }
            expiries.set(put.key(), put.ttlMs());
            return new OperationResult.Put(previous);
        }

        private OperationResult delete(Operation.Delete delete) {
            try (KvStore.Slot slot = records.hold(delete.key())) {
                EncodedRecord before = slot.record();
                if (!before.exists()) {
                    return new OperationResult.Delete(false, Optional.empty());
                }
                Optional<Versioned> previous = previous(delete.returnPrevious(), before);
                change.effect();
                recordCommands.moveOwnership(delete.key(), before, null);
                records.remove(delete.key(), slot, change);
                return new OperationResult.Delete(true, previous);
            }
        }

        /** As many keys as were judged: no other operation has touched the range. */
        private OperationResult delete(Operation.DeleteRange delete) {
            List<Key> keys = records.keys().keysIn(delete.range(), Limits.KEYS_PER_COMMAND_MAX);
            for (Key key : keys) {
                delete(new Operation.Delete(key, false));
            }
            return new OperationResult.DeleteRange(keys.size());
        }

        private OperationResult get(Operation.Get get) {
            return new OperationResult.Get(
                    Optional.ofNullable(records.get(get.key())), expiries.remainingMs(get.key()));
        }

        private OperationResult increment(Operation.Increment increment) {
            try (KvStore.Slot slot = records.hold(increment.key())) {
                EncodedRecord before = slot.record();
                long sum = increment.delta();
                if (before.exists()) {
                    Long number = DecimalNumber.read(before.decode().value());
                    sum += Check.present(number, "a number");
                }
                replace(slot, increment.key(), Value.of(Long.toString(sum)));
                return new OperationResult.Increment(sum);
            }
        }

        private OperationResult append(Operation.Append append) {
            try (KvStore.Slot slot = records.hold(append.key())) {
                EncodedRecord before = slot.record();
                Value whole =
                        before.exists()
                                ? before.decode().value().concat(append.value())
                                : append.value();
                replace(slot, append.key(), whole);
                return new OperationResult.Append(whole.length());
            }
        }

        private OperationResult expire(Operation.Expire expire) {
            if (records.get(expire.key()) == null) {
                return new OperationResult.Expire(false);
            }
            if (expire.ttlMs() != Operation.NEVER || expiries.has(expire.key())) {
                change.effect();
                expiries.set(expire.key(), expire.ttlMs());
            }
            return new OperationResult.Expire(true);
        }

        /** Another value for a key that stays whose it was, and keeps its TTL. */
        private void replace(KvStore.Slot slot, Key key, Value value) {
            EncodedRecord before = slot.record();
            change.effect();
            write(
                    slot,
                    key,
                    value,
                    before.exists() ? new SessionId(before.owner()) : SessionId.NONE);
        }

        private void write(KvStore.Slot slot, Key key, Value value, SessionId owner) {
            records.put(
                    key,
                    slot,
                    recordCommands.recordOf(command, token, value, slot.record(), owner));
        }

        private static Optional<Versioned> previous(boolean wanted, EncodedRecord before) {
            return wanted && before.exists() ? Optional.of(before.decode()) : Optional.empty();
        }
    }
}
