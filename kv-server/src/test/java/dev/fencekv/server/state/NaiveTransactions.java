package dev.fencekv.server.state;

import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Transaction;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.state.NaiveModel.ALock;
import dev.fencekv.server.state.NaiveModel.ARecord;
import dev.fencekv.server.state.NaiveModel.ASession;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Transactions as plainly as they can be written down, on the lists of {@link NaiveModel}. */
final class NaiveTransactions {
    /** What one result takes in the log's form beside a record: its kind. */
    private static final int KIND = 1;

    private static final String GUARD = "guard ";

    private final NaiveModel model;

    /** What the results of the last transaction take in the log's form. */
    private int resultBytes;

    NaiveTransactions(NaiveModel model) {
        this.model = model;
    }

    /** Whether the results of the last transaction are too large to be remembered. */
    boolean tooLargeToKeep() {
        return resultBytes > 256;
    }

    String transact(@Nullable ASession session, Command.Transact command) {
        resultBytes = 0;
        Transaction transaction = command.transaction();
        String refused = fence(session, command);
        if (refused != null) {
            return refused;
        }
        boolean succeeded = transaction.comparisons().stream().allMatch(this::holds);
        List<Operation> branch = succeeded ? transaction.then() : transaction.orElse();
        refused = judge(session, branch);
        if (refused != null) {
            return refused;
        }
        resultBytes = KIND + 1 + 1;
        List<String> results = new ArrayList<>();
        long token = command.fences().isEmpty() ? 0 : command.fences().get(0).token().value();
        for (Operation operation : branch) {
            if (operation instanceof Operation.Acquire acquire) {
                long granted = acquire(session, acquire);
                token = token == 0 ? granted : token;
            }
        }
        for (Operation operation : branch) {
            resultBytes += KIND;
            results.add(operation.kind() + ":" + apply(session, operation, token));
        }
        return model.said("OK", succeeded + " " + results);
    }

    private @Nullable String fence(@Nullable ASession session, Command.Transact command) {
        Set<String> seen = new HashSet<>();
        List<NaiveModel.AGuard> asked = new ArrayList<>();
        TreeMap<String, String> firstUnder = new TreeMap<>();
        String first = "";
        Transaction transaction = command.transaction();
        for (List<Operation> branch : List.of(transaction.then(), transaction.orElse())) {
            for (String written : writtenBy(branch)) {
                boolean named = !written.startsWith(GUARD);
                String key = named ? written : written.substring(GUARD.length());
                first = first.isEmpty() && named ? key : first;
                for (NaiveModel.AGuard guard : model.guards.values()) {
                    String prefix = guard.guard.prefix().toString();
                    boolean taken =
                            branch.stream()
                                    .anyMatch(
                                            each ->
                                                    each instanceof Operation.Acquire acquire
                                                            && acquire.lock()
                                                                    .equals(guard.guard.lock()));
                    if (key.startsWith(prefix) && !taken && seen.add(prefix)) {
                        firstUnder.put(prefix, key);
                    }
                }
            }
        }
        firstUnder.keySet().forEach(prefix -> asked.add(model.guards.get(prefix)));
        String otherwise = first;
        return model.fence(
                session,
                command.fences(),
                asked,
                lock -> outside(transaction, lock).isEmpty(),
                objection -> {
                    List<Guard> ofLock =
                            asked.stream()
                                    .map(each -> each.guard)
                                    .filter(each -> each.lock().value().equals(objection.lock()))
                                    .toList();
                    if (ofLock.isEmpty()) {
                        return otherwise;
                    }
                    LockName lock = ofLock.get(0).lock();
                    String under = firstUnder.get(ofLock.get(0).prefix().toString());
                    List<Guard> enforcing =
                            ofLock.stream()
                                    .filter(each -> each.mode() == GuardMode.ENFORCE)
                                    .toList();
                    if (enforcing.isEmpty() || objection.reason() == FenceReason.FENCE_REQUIRED) {
                        return under;
                    }
                    for (Guard guard : enforcing) {
                        if (guard.rule() == GuardRule.STRICT) {
                            return firstUnder.get(guard.prefix().toString());
                        }
                    }
                    List<String> outside = outside(transaction, lock);
                    return outside.isEmpty() ? under : outside.get(0);
                });
    }

    /** The keys, and of ranges the first ones, that are written under no guard of a lock. */
    private List<String> outside(Transaction transaction, LockName lock) {
        List<String> outside = new ArrayList<>();
        for (List<Operation> branch : List.of(transaction.then(), transaction.orElse())) {
            for (Operation operation : branch) {
                KeyRange written = null;
                if (operation instanceof Operation.DeleteRange delete) {
                    written = delete.range();
                } else if (operation.writes() && operation.subject().isPresent()) {
                    written = KeyRange.only(operation.subject().get());
                }
                if (written != null && !written.isEmpty() && !isUnder(lock, written)) {
                    outside.add(written.from().map(Key::toString).orElse(""));
                }
            }
        }
        return outside;
    }

    private boolean isUnder(LockName lock, KeyRange written) {
        return model.guards.values().stream()
                .map(each -> each.guard)
                .filter(each -> each.mode() == GuardMode.ENFORCE && each.lock().equals(lock))
                .anyMatch(each -> KeyRange.prefix(each.prefix()).containsAll(written));
    }

    /** Of a range its first key, and the prefixes of guards in it, marked as such. */
    private List<String> writtenBy(List<Operation> branch) {
        List<String> keys = new ArrayList<>();
        for (Operation operation : branch) {
            if (operation instanceof Operation.DeleteRange delete) {
                Key from = delete.range().from().orElse(null);
                if (from != null) {
                    keys.add(from.toString());
                }
                for (String prefix : model.guards.keySet()) {
                    if (delete.range().contains(Key.of(prefix))) {
                        keys.add(GUARD + prefix);
                    }
                }
            }
            boolean writes = operation.kind() != Operation.Kind.GET;
            if (writes && operation.subject().isPresent()) {
                keys.add(operation.subject().get().toString());
            }
        }
        return keys;
    }

    private boolean holds(Comparison comparison) {
        ARecord record = model.records.get(comparison.key().toString());
        int order;
        if (comparison.subject() == Comparison.Subject.VALUE) {
            if (record == null) {
                return false;
            }
            order = record.value().compareTo(comparison.value().toUtf8());
        } else {
            long number = 0;
            if (record != null) {
                number =
                        switch (comparison.subject()) {
                            case MODIFY_REVISION -> record.modified();
                            case CREATE_REVISION -> record.created();
                            case VERSION -> record.version();
                            case TOKEN -> record.token();
                            default -> record.owner();
                        };
            }
            order = Long.compare(number, comparison.number());
        }
        return switch (comparison.operator()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case GREATER -> order > 0;
        };
    }

    private @Nullable String judge(@Nullable ASession session, List<Operation> branch) {
        int inUse = model.locks.size() - model.idle.size();
        int wanted = 0;
        int made = 0;
        int place = 0;
        Set<String> ending = new HashSet<>(model.ends.keySet());
        for (Operation operation : branch) {
            place++;
            if (operation instanceof Operation.Increment increment) {
                ARecord before = model.records.get(increment.key().toString());
                String old = before == null ? "0" : before.value();
                if (!NaiveModel.isNumber(old)) {
                    return model.said("CONDITION_FAILED", "NOT_A_NUMBER/0");
                }
                BigInteger sum = new BigInteger(old).add(BigInteger.valueOf(increment.delta()));
                if (sum.bitLength() >= Long.SIZE) {
                    return model.said("CONDITION_FAILED", "NUMBER_OVERFLOWS/0");
                }
            } else if (operation instanceof Operation.Acquire acquire) {
                ALock lock = model.lock(acquire.lock().value());
                boolean mine = lock != null && NaiveModel.holds(lock, session, acquire.owner());
                boolean free =
                        lock == null
                                || lock.held == null
                                        && lock.shared.isEmpty()
                                        && lock.queue.isEmpty()
                                        && lock.closedUntilMs == 0;
                if (!mine && !free) {
                    return model.said("LOCK_BUSY", "LOCK_NOT_FREE/" + place);
                }
                wanted += lock == null || model.idle.contains(lock) ? 1 : 0;
                made += lock == null ? 1 : 0;
            } else if (operation instanceof Operation.Put put) {
                ending.remove(put.key().toString());
                if (put.ttlMs() > 0) {
                    ending.add(put.key().toString());
                }
            } else if (operation instanceof Operation.Delete delete) {
                ending.remove(delete.key().toString());
            } else if (operation instanceof Operation.DeleteRange delete) {
                ending.removeIf(key -> delete.range().contains(Key.of(key)));
            } else if (operation instanceof Operation.Expire expire
                    && model.records.containsKey(expire.key().toString())) {
                ending.remove(expire.key().toString());
                if (expire.ttlMs() > 0) {
                    ending.add(expire.key().toString());
                }
            }
        }
        long most = model.setting(Setting.KEYS_WITH_TTL_MAX);
        if (ending.size() > model.ends.size() && ending.size() > most) {
            return model.said("QUOTA_EXCEEDED", "KEYS_WITH_TTL/" + most);
        }
        long locksMost = model.setting(Setting.LOCKS_MAX);
        return made > 0 && inUse + wanted > locksMost
                ? model.said("QUOTA_EXCEEDED", "LOCKS/" + locksMost)
                : null;
    }

    private long acquire(ASession session, Operation.Acquire acquire) {
        ALock lock = model.obtain(acquire.lock().value());
        if (!NaiveModel.holds(lock, session, acquire.owner())) {
            model.grant(lock, session, acquire.owner(), acquire.lockDelayMs());
        }
        return lock.live();
    }

    private String apply(@Nullable ASession session, Operation operation, long token) {
        if (operation instanceof Operation.Acquire acquire) {
            resultBytes += 8;
            return Long.toString(model.lock(acquire.lock().value()).live());
        }
        if (operation instanceof Operation.DeleteRange delete) {
            resultBytes += 8;
            int there = model.records.size();
            model.records.keySet().removeIf(key -> delete.range().contains(Key.of(key)));
            model.ends.keySet().removeIf(key -> delete.range().contains(Key.of(key)));
            int deleted = there - model.records.size();
            if (deleted > 0) {
                model.change();
            }
            return "" + deleted;
        }
        String key = operation.subject().orElseThrow().toString();
        ARecord before = model.records.get(key);
        return switch (operation.kind()) {
            case PUT -> {
                Operation.Put put = (Operation.Put) operation;
                long owner = put.ephemeral() ? session.id : 0;
                write(key, before, put.value().toUtf8(), token, owner);
                end(key, put.ttlMs());
                yield shown(put.returnPrevious() ? before : null);
            }
            case DELETE -> {
                if (before != null) {
                    model.change();
                    model.records.remove(key);
                    model.ends.remove(key);
                }
                resultBytes++;
                boolean wanted = ((Operation.Delete) operation).returnPrevious();
                yield (before != null) + "/" + shown(wanted ? before : null);
            }
            case GET -> {
                resultBytes += 8;
                yield shown(before) + "/" + model.remaining(key);
            }
            case INCREMENT -> {
                resultBytes += 8;
                long sum = ((Operation.Increment) operation).delta();
                sum += before == null ? 0 : Long.parseLong(before.value());
                write(key, before, "" + sum, token, before == null ? 0 : before.owner());
                yield "" + sum;
            }
            case APPEND -> {
                resultBytes += 8;
                String more = ((Operation.Append) operation).value().toUtf8();
                String whole = before == null ? more : before.value() + more;
                write(key, before, whole, token, before == null ? 0 : before.owner());
                yield "" + whole.length();
            }
            case EXPIRE -> {
                resultBytes++;
                long ttlMs = ((Operation.Expire) operation).ttlMs();
                if (before != null && (ttlMs > 0 || model.ends.containsKey(key))) {
                    model.change();
                    end(key, ttlMs);
                }
                yield "" + (before != null);
            }
            case DELETE_RANGE, ACQUIRE -> throw new AssertionError(operation);
        };
    }

    private void write(String key, @Nullable ARecord before, String value, long token, long owner) {
        model.change();
        model.records.put(key, model.recordAfter(before, value, token, owner));
    }

    private void end(String key, long ttlMs) {
        model.ends.remove(key);
        if (ttlMs > 0) {
            model.ends.put(key, model.leaseMs + ttlMs + 200);
        }
    }

    private String shown(@Nullable ARecord record) {
        resultBytes += 1 + (record == null ? 0 : 4 + record.value().length() + 64);
        return String.valueOf(record);
    }
}
