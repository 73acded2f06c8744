package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The committed log of a simulation, and what must hold of it. Whoever applies an entry first has
 * it judged against the model and the invariants; all others must get the same.
 */
final class SimLog {
    /**
     * An entry and what its leader knew when it sealed it.
     *
     * @param seen for each command the highest stamp its sender had seen when it sent it
     * @param sentAtMs for each command when it was sent; for a tick see {@code renewalsSentAtMs}
     * @param renewalsSentAtMs when each renewal of a tick in it was sent
     * @param proposedAtMs when the leader proposed it
     */
    record Entry(
            byte[] bytes,
            List<Long> seen,
            List<Long> sentAtMs,
            Map<SessionId, Long> renewalsSentAtMs,
            long proposedAtMs) {}

    /** Who waits for what. */
    private record Place(SessionId session, long owner, LockName lock) {}

    /** What came of an entry. */
    record Applied(long digest, List<Outcome> outcomes, List<WaitEnded> notices) {}

    final List<Entry> entries = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private final NaiveModel model = new NaiveModel();
    private final SimReads reads = new SimReads(model);
    private final SimFeeds feeds = new SimFeeds(model);
    private final TreeSet<Key> keys = new TreeSet<>();

    /** The newest token ever granted, and of each lock. */
    private long newestToken;

    private final Map<LockName, Long> newestOfLock = new HashMap<>();
    private HybridTimestamp lastStamp = HybridTimestamp.ZERO;

    /** How often a command of a session took effect. */
    final Map<RequestId, Integer> effects = new HashMap<>();

    /** When the last renewal that was applied, or the open, was sent. */
    private final Map<SessionId, Long> renewedAtMs = new HashMap<>();

    private final Map<SessionId, Long> ttlMs = new HashMap<>();

    /** Until when each wait has a right to last: when it was sent, and how long it is. */
    private final Map<Place, Long> waitUntilMs = new HashMap<>();

    /** Before when each key that has a TTL must not end. */
    private final Map<Key, Long> endsFromMs = new HashMap<>();

    /** Acquires that have been applied; what comes again under their numbers waits for nothing. */
    private final Set<RequestId> acquires = new HashSet<>();

    /** Until when a lock that an expiry has closed must stay so. */
    private final Map<String, Long> closedUntilMs = new HashMap<>();

    long commands;

    /** How often reads found the moment that they asked for, or not. */
    TreeMap<StateView.Standing, Integer> readsMet() {
        return reads.met;
    }

    /** How often what was told of locks and rejections, or was gone. */
    TreeMap<String, Integer> feedsMet() {
        return feeds.met;
    }

    /** How often each outcome came first: a simulation that only meets OK proves little. */
    final TreeMap<String, Integer> met = new TreeMap<>();

    void commit(Entry entry) {
        entries.add(entry);
    }

    /** How many entries somebody has applied. */
    int judged() {
        return applied.size();
    }

    long digestAfter(int count) {
        return applied.get(count - 1).digest();
    }

    /** Applies entry {@code index}, counted from 0, to a replica's state and judges the result. */
    Applied applyTo(KvStateMachine state, int index) {
        Entry entry = entries.get(index);
        LogEntry decoded = LogEntryCodec.decode(ByteBuffer.wrap(entry.bytes()));
        boolean first = index == applied.size();
        List<Outcome> outcomes = new ArrayList<>();
        List<WaitEnded> notices = new ArrayList<>();
        for (int ordinal = 0; ordinal < decoded.commands().size(); ordinal++) {
            Command command = decoded.commands().get(ordinal);
            Map<Key, Optional<Versioned>> before = look(state, command);
            long revisionBefore = state.revision();
            Outcome outcome = state.apply(index + 1, ordinal, decoded.proposed(), command);
            List<WaitEnded> ended = state.drainNotices();
            if (first) {
                boolean effect = state.lastStamp().isAfter(lastStamp);
                judgeByModel(state, decoded.proposed(), command, outcome, ended);
                judgeStamps(entry.seen().get(ordinal), outcome, effect, revisionBefore);
                judgeWrite(state, command, before, outcome, effect);
                judgeTokens(command, outcome, ended);
                judgeKeyEnds(state, entry, ordinal, command, outcome, effect);
                judgeSessionEnds(entry, ordinal, command, outcome);
                judgeWaits(entry, ordinal, command, outcome, ended);
                judgeLockDelays(entry);
                judgeQueues(state);
                commands++;
                met.merge(command.kind() + " " + met(outcome), 1, Integer::sum);
            }
            outcomes.add(outcome);
            notices.addAll(ended);
        }
        judgeKeys(state);
        reads.judge(state);
        feeds.judge(state);
        Applied now = new Applied(state.digest(), outcomes, notices);
        if (first) {
            assertThat(keysOf(state)).isEqualTo(model.records.keySet());
            assertThat(model.describe()).isEqualTo(ModelView.describe(state, keys));
            applied.add(now);
        } else {
            assertThat(now.outcomes()).as("outcomes at %d", index).isEqualTo(outcomesAt(index));
            assertThat(now).as("replicas agree at %d", index).isEqualTo(applied.get(index));
        }
        return now;
    }

    /** The index has the keys of the store's records, whatever came between: snapshots too. */
    private static void judgeKeys(KvStateMachine state) {
        KvStore store = state.records.store();
        TreeSet<Key> stored = new TreeSet<>();
        for (int shard = 0; shard < store.shards(); shard++) {
            store.forEachInShard(shard, (key, record) -> stored.add(key));
        }
        List<Key> indexed = state.records.keys().keysIn(KeyRange.ALL, Integer.MAX_VALUE);
        assertThat(indexed).containsExactlyElementsOf(stored);
        assertThat(state.records.keys().size()).isEqualTo(store.size());
    }

    private static Set<String> keysOf(KvStateMachine state) {
        Set<String> keys = new TreeSet<>();
        state.records.keys().ascend(KeyRange.ALL, key -> keys.add(key.toString()));
        return keys;
    }

    private static String met(Outcome outcome) {
        return outcome.result() instanceof Outcome.Fenced fenced
                ? outcome.status() + " " + fenced.violations().get(0).reason()
                : outcome.status().toString();
    }

    private List<Outcome> outcomesAt(int index) {
        return applied.get(index).outcomes();
    }

    /** What a client may write with a command. */
    private List<Key> writtenKeys(Command command) {
        return switch (command.kind()) {
            case PUT -> List.of(((Command.Put) command).key());
            case DELETE -> List.of(((Command.Delete) command).key());
            case INCREMENT -> List.of(((Command.Increment) command).key());
            case APPEND -> List.of(((Command.Append) command).key());
            case TRANSACT -> {
                Transaction transaction = ((Command.Transact) command).transaction();
                List<Operation> all = new ArrayList<>(transaction.then());
                all.addAll(transaction.orElse());
                TreeSet<Key> written = new TreeSet<>();
                for (Operation operation : all) {
                    operation.subject().ifPresent(written::add);
                    if (operation instanceof Operation.DeleteRange delete) {
                        keys.stream().filter(delete.range()::contains).forEach(written::add);
                    }
                }
                yield List.copyOf(written);
            }
            default -> List.of();
        };
    }

    private Map<Key, Optional<Versioned>> look(KvStateMachine state, Command command) {
        Map<Key, Optional<Versioned>> records = new TreeMap<>();
        for (Key key : writtenKeys(command)) {
            records.put(key, Optional.ofNullable(state.view().get(key)));
        }
        return records;
    }

    private void judgeByModel(
            KvStateMachine state,
            HybridTimestamp proposed,
            Command command,
            Outcome outcome,
            List<WaitEnded> ended) {
        keys.addAll(writtenKeys(command));
        String expected = model.apply(proposed.packed(), command);
        assertThat(ModelView.of(outcome)).as("%s", command).isEqualTo(expected);
        assertThat(ended.stream().map(ModelView::of).toList())
                .as("notices of %s", command)
                .isEqualTo(model.notices);
    }

    /** Stamps strictly increase along the log, and pass all that the sender had seen. */
    private void judgeStamps(
            long seenBySender, Outcome outcome, boolean effect, long revisionBefore) {
        if (effect) {
            assertThat(outcome.at().packed()).as("causality").isGreaterThan(seenBySender);
            assertThat(outcome.revision()).isEqualTo(revisionBefore + 1);
            lastStamp = outcome.at();
        }
    }

    private void judgeWrite(
            KvStateMachine state,
            Command command,
            Map<Key, Optional<Versioned>> before,
            Outcome outcome,
            boolean effect) {
        if (before.isEmpty()) {
            return;
        }
        Map<Key, Optional<Versioned>> after = look(state, command);
        if (!effect) {
            assertThat(after).as("not visible: %s", command).isEqualTo(before);
            return;
        }
        assertThat(outcome.status()).isEqualTo(Status.OK);
        if (!command.id().isNone()) {
            RequestId id = new RequestId(command.id().session(), command.id().sequence(), 1);
            assertThat(effects.merge(id, 1, Integer::sum)).as("once: %s", command).isEqualTo(1);
        }
        after.forEach(
                (key, record) -> {
                    if (!record.equals(before.get(key))) {
                        judgeGuards(state, command, outcome, key);
                    }
                });
    }

    private static void judgeGuards(
            KvStateMachine state, Command command, Outcome outcome, Key key) {
        List<Fence> shown = new ArrayList<>(command.fences());
        acquired(command, outcome).forEach((lock, token) -> shown.add(new Fence(lock, token)));
        for (GuardInfo info : state.view().guards(Optional.empty(), Limits.GUARDS_MAX)) {
            if (info.guard().mode() == GuardMode.ENFORCE
                    && info.guard().rule() == GuardRule.STRICT
                    && key.startsWith(info.guard().prefix())) {
                assertThat(shown)
                        .as("by the live grant only: %s", command)
                        .contains(liveFence(state, info.guard().lock()));
            }
        }
    }

    /** The locks that a transaction has acquired. */
    static Map<LockName, FencingToken> acquired(Command command, Outcome outcome) {
        Map<LockName, FencingToken> tokens = new TreeMap<>();
        if (command instanceof Command.Transact transact
                && outcome.result() instanceof Outcome.Transacted transacted) {
            List<Operation> branch = branchOf(transact, transacted);
            for (int i = 0; i < branch.size(); i++) {
                if (branch.get(i) instanceof Operation.Acquire acquire) {
                    OperationResult.Acquire granted =
                            (OperationResult.Acquire) transacted.results().get(i);
                    tokens.put(acquire.lock(), granted.token());
                }
            }
        }
        return tokens;
    }

    private static List<Operation> branchOf(
            Command.Transact transact, Outcome.Transacted transacted) {
        return transacted.succeeded()
                ? transact.transaction().then()
                : transact.transaction().orElse();
    }

    private static Fence liveFence(KvStateMachine state, LockName lock) {
        Optional<GrantInfo> live = state.view().lock(lock).flatMap(LockInfo::grant);
        assertThat(live).as("somebody holds %s", lock).isPresent();
        return new Fence(lock, live.get().token());
    }

    /** Each new token is the next of the whole store, so larger than all before of its lock. */
    private void judgeTokens(Command command, Outcome outcome, List<WaitEnded> ended) {
        if (command instanceof Command.Acquire acquire
                && outcome.result() instanceof Outcome.Token granted) {
            judgeToken(acquire.lock(), granted.token());
        }
        if (command instanceof Command.AcquireShared acquire
                && outcome.result() instanceof Outcome.Token granted) {
            judgeToken(acquire.lock(), granted.token());
        }
        if (command instanceof Command.Reclaim reclaim
                && outcome.result() instanceof Outcome.Token granted) {
            judgeToken(reclaim.lock(), granted.token());
        }
        if (command instanceof Command.Transact transact
                && outcome.result() instanceof Outcome.Transacted transacted) {
            Map<LockName, FencingToken> tokens = acquired(command, outcome);
            for (Operation operation : branchOf(transact, transacted)) {
                if (operation instanceof Operation.Acquire acquire) {
                    judgeToken(acquire.lock(), tokens.get(acquire.lock()));
                }
            }
        }
        for (WaitEnded end : ended) {
            if (end.status() == Status.OK) {
                judgeToken(end.lock(), end.token());
            }
        }
    }

    private void judgeToken(LockName lock, FencingToken token) {
        if (token.value() > newestToken) {
            assertThat(token.value()).as("dense").isEqualTo(newestToken + 1);
            assertThat(token.value()).isGreaterThan(newestOfLock.getOrDefault(lock, 0L));
            newestToken = token.value();
            newestOfLock.put(lock, token.value());
        }
    }

    /** In the leader's monotonic time no session ends before its TTL after its renewal was sent. */
    private void judgeSessionEnds(Entry entry, int ordinal, Command command, Outcome outcome) {
        if (command instanceof Command.OpenSession open
                && outcome.result() instanceof Outcome.SessionOpened opened) {
            renewedAtMs.putIfAbsent(opened.session(), entry.sentAtMs().get(ordinal));
            ttlMs.put(opened.session(), open.ttlMs());
        }
        if (command instanceof Command.Tick tick) {
            for (SessionId renewed : tick.renewals()) {
                renewedAtMs.merge(renewed, entry.renewalsSentAtMs().get(renewed), Math::max);
            }
        }
        for (NaiveModel.ASession session : model.expired) {
            SessionId id = new SessionId(session.id);
            assertThat(entry.proposedAtMs())
                    .as("session %s ended too early", id)
                    .isGreaterThanOrEqualTo(renewedAtMs.get(id) + ttlMs.get(id));
        }
    }

    /**
     * In the leader's monotonic time no key ends before its TTL after the put, or whatever set it,
     * was sent; and only keys that are there have a TTL.
     */
    private void judgeKeyEnds(
            KvStateMachine state,
            Entry entry,
            int ordinal,
            Command command,
            Outcome outcome,
            boolean effect) {
        for (String ended : model.endedKeys) {
            assertThat(entry.proposedAtMs())
                    .as("%s ended too early", ended)
                    .isGreaterThanOrEqualTo(endsFromMs.remove(Key.of(ended)));
        }
        if (effect
                && command instanceof Command.Transact transact
                && outcome.result() instanceof Outcome.Transacted transacted) {
            for (Operation operation : branchOf(transact, transacted)) {
                long ttlMs =
                        operation instanceof Operation.Put put
                                ? put.ttlMs()
                                : operation instanceof Operation.Expire expire
                                        ? expire.ttlMs()
                                        : Operation.NEVER;
                if (ttlMs != Operation.NEVER) {
                    endsFromMs.put(
                            operation.subject().orElseThrow(),
                            entry.sentAtMs().get(ordinal) + ttlMs);
                }
            }
        }
        int ending = 0;
        for (Key key : keys) {
            if (state.view().remainingMs(key) != Operation.NEVER) {
                assertThat(state.view().get(key)).as("%s ends and is not there", key).isNotNull();
                ending++;
            }
        }
        assertThat(state.view().expiringKeyCount()).isEqualTo(ending);
    }

    /** In the leader's monotonic time no wait ends before its length after it was asked for. */
    private void judgeWaits(
            Entry entry, int ordinal, Command command, Outcome outcome, List<WaitEnded> ended) {
        if (command instanceof Command.Acquire acquire && outcome.status() == Status.QUEUED) {
            RequestId id = acquire.id();
            Place place = new Place(id.session(), acquire.owner(), acquire.lock());
            if (acquires.add(new RequestId(id.session(), id.sequence(), 1))) {
                long untilMs = entry.sentAtMs().get(ordinal) + acquire.waitMs();
                waitUntilMs.merge(place, untilMs, Math::max);
            }
        }
        if (command instanceof Command.AcquireShared acquire && outcome.status() == Status.QUEUED) {
            RequestId id = acquire.id();
            Place place = new Place(id.session(), acquire.owner(), acquire.lock());
            if (acquires.add(new RequestId(id.session(), id.sequence(), 1))) {
                long untilMs = entry.sentAtMs().get(ordinal) + acquire.waitMs();
                waitUntilMs.merge(place, untilMs, Math::max);
            }
        }
        for (WaitEnded end : ended) {
            Place place = new Place(end.session(), end.owner(), end.lock());
            long untilMs = waitUntilMs.remove(place);
            if (end.status() == Status.LOCK_BUSY) {
                assertThat(entry.proposedAtMs())
                        .as("%s has waited too short", place)
                        .isGreaterThanOrEqualTo(untilMs);
            }
        }
    }

    /** Nobody waits for a lock that he could have. */
    private static void judgeQueues(KvStateMachine state) {
        for (LockInfo lock : state.view().locks("", 1000)) {
            if (lock.grant().isEmpty() && lock.delayRemainingMs() == 0) {
                assertThat(lock.queue()).as("%s is free", lock.name()).isEmpty();
            }
        }
    }

    /** Nor does a lock open before its delay after the tick that ended its holder was proposed. */
    private void judgeLockDelays(Entry entry) {
        for (String opened : model.opened) {
            assertThat(entry.proposedAtMs())
                    .as("%s was closed too short", opened)
                    .isGreaterThanOrEqualTo(closedUntilMs.remove(opened));
        }
        model.closed.forEach(
                (lock, delayMs) -> closedUntilMs.put(lock, entry.proposedAtMs() + delayMs));
    }
}
