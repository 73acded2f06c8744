package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.cli.TransactionText;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.NewerFormatException;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.store.HeapKvStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a story is told about: one state machine that is shown, and a second replica that gets the
 * same log through its bytes and must agree after every command.
 */
final class ScenarioWorld implements AutoCloseable {
    private static final String NEVER_PROPOSED = "NEVER PROPOSED: ";

    private KvStateMachine state = new KvStateMachine(HeapKvStore::open);
    private KvStateMachine twin = new KvStateMachine(TreeStore::open);
    private long index;

    /** The clock of the leader, for proposed stamps, in milliseconds. */
    private long clockMs = 1;

    private boolean showStamps;

    /** Sessions by the names that the story gives them. */
    private final Map<String, SessionId> sessions = new HashMap<>();

    private final Map<SessionId, String> names = new HashMap<>();

    /** The next sequence number of each. */
    private final Map<String, Long> sequences = new HashMap<>();

    List<String> run(String text) {
        ScenarioLine line = new ScenarioLine(text);
        if (line.verb.equals("repeat")) {
            return repeat(line);
        }
        List<String> outcome = dispatch(line);
        if (outcome.isEmpty()) {
            return List.of("none");
        }
        if (!outcome.get(0).startsWith(NEVER_PROPOSED)) {
            line.allAsked();
        }
        return outcome;
    }

    private List<String> dispatch(ScenarioLine line) {
        return switch (line.verb) {
            case "begin" -> begin(line);
            case "clock" -> clock(line);
            case "show-stamps" -> showStamps();
            case "elapse" -> elapse(line);
            case "snapshot-restore" -> snapshotRestore();
            case "get" -> get(line);
            case "list" -> ScenarioReads.list(state.view(), line, fences(line));
            case "ttl" -> ttl(line);
            case "inspect" -> ScenarioViews.lock(state.view(), lockName(line), this::nameOf);
            case "holders" ->
                    state.view().holders(lockName(line), FencingToken.NONE, 100).stream()
                            .map(
                                    holder ->
                                            "token="
                                                    + holder.grant().token()
                                                    + " "
                                                    + nameOf(holder.grant().session())
                                                    + (holder.shared() ? " shared" : " alone")
                                                    + (holder.permits() > 0
                                                            ? " permits=" + holder.permits()
                                                            : ""))
                            .toList();
            case "locks" -> ScenarioViews.locks(state.view());
            case "guards" -> ScenarioViews.guards(state.view());
            case "gates" -> ScenarioViews.gates(state.view());
            case "sessions" ->
                    line.says("count")
                            ? List.of(state.view().sessionCount() + " live")
                            : ScenarioViews.sessions(state.view(), this::nameOf);
            case "rejections" -> ScenarioViews.rejections(state.view(), this::nameOf);
            case "lock-events" -> ScenarioEvents.locks(state, line, this::nameOf);
            case "rejection-events" -> ScenarioEvents.rejections(state, line, this::nameOf);
            case "members" -> state.members().stream().map(Member::toString).toList();
            case "roles" ->
                    state.placedMembers().stream()
                            .map(each -> each.member().peerAddress() + " " + each.wanted())
                            .toList();
            case "history" -> List.of("oldest=" + state.view().oldestRevision());
            case "usage" -> List.of("charged=" + state.view().chargedBytes());
            default -> applyShown(line);
        };
    }

    /** Starts where long histories end: with a given last token. */
    private List<String> begin(ScenarioLine line) {
        long lastToken = line.number("last-token", 0);
        state = beginning(HeapKvStore::open, lastToken);
        twin = beginning(TreeStore::open, lastToken);
        return List.of("ok");
    }

    private static KvStateMachine beginning(KvStore.Factory stores, long lastToken) {
        Counters counters = new Counters();
        counters.lastToken = lastToken;
        return new KvStateMachine(stores, counters, Setting.STORE_QUOTA_BYTES.initial());
    }

    private List<String> clock(ScenarioLine line) {
        clockMs = line.number("ms", clockMs);
        return List.of("ok");
    }

    private List<String> showStamps() {
        showStamps = true;
        return List.of("ok");
    }

    /** {@code repeat 100 put key=k{i} ...}: counts the outcomes and shows the last. */
    private List<String> repeat(ScenarioLine line) {
        String[] parts = line.text.split("\\s+", 3);
        int times = Integer.parseInt(parts[1]);
        Map<String, Integer> counts = new TreeMap<>();
        List<String> last = List.of();
        for (int i = 1; i <= times; i++) {
            last = run(parts[2].replace("{i}", Integer.toString(i)));
            counts.merge(last.get(0).split(" ")[0], 1, Integer::sum);
        }
        List<String> shown = new ArrayList<>();
        counts.forEach((status, count) -> shown.add(count + " x " + status));
        shown.addAll(last);
        return shown;
    }

    /** As many ticks as the leader would propose; shows what they ended. */
    private List<String> elapse(ScenarioLine line) {
        long left = ScenarioLine.number(line.words.get(0));
        List<SessionId> renewals = ids(line.list("renew"));
        List<String> shown = new ArrayList<>();
        while (left > 0) {
            long elapsed = Math.min(left, Limits.TICK_INTERVAL_MS);
            apply(new Command.Tick(elapsed, renewals));
            left -= elapsed;
            for (String notice : notices()) {
                shown.add("at " + state.leaseTimeMs() + ": " + notice);
            }
        }
        shown.add("lease-time=" + state.leaseTimeMs());
        return shown;
    }

    private List<String> snapshotRestore() {
        byte[] snapshot = Snapshots.of(state);
        KvStateMachine restored = Snapshots.load(snapshot, HeapKvStore::open);
        assertThat(Snapshots.items(Snapshots.of(restored))).isEqualTo(Snapshots.items(snapshot));
        assertThat(Snapshots.items(Snapshots.of(twin))).isEqualTo(Snapshots.items(snapshot));
        state.close();
        state = restored;
        assertThat(state.digest()).isEqualTo(twin.digest());
        return List.of("same digest");
    }

    byte[] snapshot() {
        return Snapshots.of(state);
    }

    private List<String> get(ScenarioLine line) {
        Key key = Key.of(line.text("key"));
        AsOf at = line.has("at") ? at(line.text("at")) : AsOf.NOW;
        StateView.Standing standing = state.view().standing(at);
        if (standing != StateView.Standing.KNOWN) {
            return List.of(standing + " oldest=" + state.view().oldestRevision());
        }
        Versioned record = state.view().recordsAsOf(at).get(key);
        List<FenceViolation> violations = state.view().judgeRead(key, fences(line));
        if (!violations.isEmpty()) {
            return List.of("FENCED " + violations.get(0));
        }
        if (record == null) {
            return List.of("NOT_FOUND");
        }
        String value = record.value().toUtf8();
        return List.of(
                "value="
                        + (value.length() > 40 ? "(" + value.length() + " bytes)" : value)
                        + " created@"
                        + record.createRevision()
                        + " modified@"
                        + record.modifyRevision()
                        + " version="
                        + record.version()
                        + (record.token().isNone() ? "" : " token=" + record.token())
                        + (record.owner().isNone() ? "" : " owner=" + nameOf(record.owner()))
                        + (record.writer().isNone()
                                ? ""
                                : " writer="
                                        + nameOf(record.writer())
                                        + "/"
                                        + record.writerSequence())
                        + (showStamps ? " stamp=" + stamp(record.stamp()) : ""));
    }

    private List<String> ttl(ScenarioLine line) {
        Key key = Key.of(line.text("key"));
        if (state.view().get(key) == null) {
            return List.of("NOT_FOUND");
        }
        long remainingMs = state.view().remainingMs(key);
        return List.of(remainingMs == Operation.NEVER ? "never" : "remaining=" + remainingMs);
    }

    /** {@code at=12} is a revision, {@code at=5000+1} a stamp. */
    private static AsOf at(String text) {
        String[] at = text.split("\\+");
        long first = Long.parseLong(at[0]);
        return at.length == 1
                ? AsOf.revision(first)
                : AsOf.stamp(HybridTimestamp.of(first, Integer.parseInt(at[1])));
    }

    private List<String> applyShown(ScenarioLine line) {
        List<String> shown = new ArrayList<>();
        try {
            Command command = command(line);
            Outcome outcome = apply(command);
            if (command instanceof Command.OpenSession) {
                named(line.words.get(0), outcome);
            }
            shown.add(
                    command instanceof Command.Tick
                            ? "lease-time=" + state.leaseTimeMs()
                            : words(outcome));
        } catch (NewerFormatException e) {
            shown.add("STOPS: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            shown.add(NEVER_PROPOSED + e.getMessage());
        }
        shown.addAll(notices());
        return shown;
    }

    private void named(String name, Outcome outcome) {
        if (outcome.result() instanceof Outcome.SessionOpened opened) {
            sessions.put(name, opened.session());
            names.putIfAbsent(opened.session(), name);
            sequences.putIfAbsent(name, 1L);
        }
    }

    private Outcome apply(Command command) {
        index++;
        LogEntry entry = new LogEntry(HybridTimestamp.ofMillis(clockMs), List.of(command));
        LogEntry decoded = LogEntryCodec.decode(ByteBuffer.wrap(LogEntryCodec.encode(entry)));
        assertThat(decoded).isEqualTo(entry);
        Outcome outcome = state.apply(index, 0, entry.proposed(), command);
        Outcome agreed = twin.apply(index, 0, decoded.proposed(), decoded.commands().get(0));
        assertThat(agreed).isEqualTo(outcome);
        assertThat(twin.digest()).isEqualTo(state.digest());
        return outcome;
    }

    private List<String> notices() {
        List<WaitEnded> ended = state.drainNotices();
        assertThat(twin.drainNotices()).isEqualTo(ended);
        return ended.stream()
                .map(
                        notice ->
                                "notice to "
                                        + nameOf(notice.session())
                                        + " owner="
                                        + notice.owner()
                                        + " lock="
                                        + notice.lock()
                                        + ": "
                                        + notice.status()
                                        + (notice.token().isNone()
                                                ? ""
                                                : " token=" + notice.token()))
                .toList();
    }

    private Command command(ScenarioLine line) {
        return switch (line.verb) {
            case "open" ->
                    new Command.OpenSession(
                            nonce(line),
                            line.number("ttl", 10_000),
                            new SessionLabel(line.text("label", line.words.get(0))));
            case "close" -> new Command.CloseSession(id(line, line.words.get(0)));
            case "put" ->
                    new Command.Put(
                            id(line),
                            fences(line),
                            Key.of(line.text("key")),
                            line.has("bytes")
                                    ? Value.copyOf(new byte[(int) line.number("bytes", 0)])
                                    : Value.of(line.text("value")),
                            line.number("if", Command.ANY_REVISION),
                            line.says("ephemeral"));
            case "incr" ->
                    new Command.Increment(
                            id(line),
                            fences(line),
                            Key.of(line.text("key")),
                            line.number("delta", 1));
            case "append" ->
                    new Command.Append(
                            id(line),
                            fences(line),
                            Key.of(line.text("key")),
                            line.has("bytes")
                                    ? Value.copyOf(new byte[(int) line.number("bytes", 0)])
                                    : Value.of(line.text("value")));
            case "txn" ->
                    new Command.Transact(
                            id(line), fences(line), TransactionText.read(line.parts()));
            case "delete" ->
                    new Command.Delete(
                            id(line),
                            fences(line),
                            Key.of(line.text("key")),
                            line.number("if", Command.ANY_REVISION));
            case "acquire" ->
                    new Command.Acquire(
                            id(line),
                            lockName(line),
                            line.number("owner", 1),
                            line.number("wait", 0),
                            line.number("delay", 0));
            case "acquire-shared" ->
                    new Command.AcquireShared(
                            id(line),
                            lockName(line),
                            line.number("owner", 1),
                            line.number("wait", 0),
                            (int) line.number("permits", 0));
            case "reclaim" ->
                    new Command.Reclaim(
                            id(line),
                            lockName(line),
                            line.number("owner", 1),
                            line.number("delay", 0),
                            token(line));
            case "release" -> new Command.Release(id(line), lockName(line), token(line));
            case "cancel" ->
                    new Command.CancelWait(id(line), lockName(line), line.number("owner", 1));
            case "revoke" -> new Command.Revoke(id(line), lockName(line), token(line));
            case "guard" ->
                    new Command.SetGuard(
                            id(line),
                            new Guard(
                                    Key.of(line.text("prefix")),
                                    lockName(line),
                                    GuardRule.valueOf(upper(line.text("rule", "strict"))),
                                    GuardMode.valueOf(upper(line.text("mode", "enforce")))),
                            line.says("force"));
            case "admit" ->
                    new Command.Admit(
                            id(line),
                            new ResourceName(line.text("resource", "tape")),
                            lockName(line),
                            token(line));
            case "remove-gate" ->
                    new Command.RemoveGate(
                            id(line), new ResourceName(line.text("resource", "tape")));
            case "unguard" -> new Command.RemoveGuard(id(line), Key.of(line.text("prefix")));
            case "set" ->
                    new Command.ChangeSetting(
                            id(line),
                            Setting.ofText(line.words.get(0)),
                            ScenarioLine.number(line.words.get(1)));
            case "tick" ->
                    new Command.Tick(
                            ScenarioLine.number(line.words.get(0)), ids(line.list("renew")));
            case "raise-level" -> new Command.RaiseLevel(Integer.parseInt(line.words.get(0)));
            case "form" ->
                    new Command.FormCluster(
                            new ClusterId(0, line.number("cluster", 1)),
                            List.of(member(line)),
                            line.number("seed", 7));
            case "bind" -> new Command.BindMember(member(line));
            case "place" ->
                    new Command.PlaceMember(
                            member(line), MemberRole.valueOf(upper(line.text("role", "voter"))));
            case "forget" -> new Command.ForgetMember(member(line));
            default -> throw new AssertionError("no such verb: " + line.verb);
        };
    }

    private static SessionNonce nonce(ScenarioLine line) {
        return line.text("nonce", "").equals("none")
                ? SessionNonce.NONE
                : new SessionNonce(1, line.number("nonce", line.words.get(0).hashCode()));
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    private static Member member(ScenarioLine line) {
        return new Member(line.number("node", 1), line.text("peer"), line.text("client"));
    }

    private static LockName lockName(ScenarioLine line) {
        return new LockName(line.text("lock", "disk"));
    }

    private static FencingToken token(ScenarioLine line) {
        return new FencingToken(line.number("token", 0));
    }

    /** {@code token=33}, of {@code lock=} or of the lock called disk; or {@code fence=L:1,M:2}. */
    private static List<Fence> fences(ScenarioLine line) {
        List<Fence> fences = new ArrayList<>();
        if (line.has("token")) {
            fences.add(new Fence(lockName(line), token(line)));
        }
        line.list("fence").forEach(text -> fences.add(Fence.parse(text)));
        return fences;
    }

    private RequestId id(ScenarioLine line) {
        return line.has("by") ? id(line, line.text("by")) : RequestId.NONE;
    }

    private RequestId id(ScenarioLine line, String session) {
        long next = sequences.getOrDefault(session, 1L);
        long sequence = line.number("seq", next);
        sequences.put(session, Math.max(next, sequence + 1));
        return new RequestId(idOf(session), sequence, line.number("floor", 1));
    }

    private List<SessionId> ids(List<String> sessionNames) {
        return sessionNames.stream().map(this::idOf).toList();
    }

    private SessionId idOf(String name) {
        SessionId known = sessions.get(name);
        return known != null ? known : new SessionId(Long.parseLong(name));
    }

    private String nameOf(SessionId id) {
        return id.isNone() ? "nobody" : names.getOrDefault(id, id.toString());
    }

    private String words(Outcome outcome) {
        String stamps = showStamps ? " at=" + stamp(outcome.at()) : "";
        return outcome.status()
                + (outcome.status() == Status.OK ? " revision=" + outcome.revision() : "")
                + details(outcome.result())
                + stamps;
    }

    private static String stamp(HybridTimestamp stamp) {
        return stamp.millis() + "+" + stamp.logical();
    }

    private static String details(Outcome.Result result) {
        return switch (result.kind()) {
            case NOTHING -> "";
            case NUMBER -> " number=" + ((Outcome.Number) result).number();
            case TRANSACTED -> {
                Outcome.Transacted transacted = (Outcome.Transacted) result;
                StringBuilder text = new StringBuilder(transacted.succeeded() ? " then" : " else");
                transacted
                        .results()
                        .forEach(one -> text.append(" / ").append(ScenarioViews.result(one)));
                yield text.toString();
            }
            case TOKEN -> {
                FencingToken token = ((Outcome.Token) result).token();
                yield " token=" + (token.isNone() ? "none" : token);
            }
            case SESSION_OPENED -> {
                Outcome.SessionOpened opened = (Outcome.SessionOpened) result;
                yield " session=" + opened.session() + " ttl=" + opened.ttlMs();
            }
            case FENCED -> {
                Outcome.Fenced fenced = (Outcome.Fenced) result;
                StringBuilder text = new StringBuilder();
                for (FenceViolation violation : fenced.violations()) {
                    text.append(text.length() == 0 ? " " : "; ").append(violation);
                }
                yield text
                        + (fenced.total() > fenced.violations().size()
                                ? " ... of " + fenced.total()
                                : "");
            }
            case CONDITION_FAILED ->
                    " actual=" + ((Outcome.ConditionFailed) result).actualRevision();
            case REFUSED -> {
                Outcome.Refused refused = (Outcome.Refused) result;
                yield " "
                        + refused.reason()
                        + (refused.number() == 0 ? "" : " " + refused.number());
            }
            case SESSION_EXPIRED ->
                    " outcomes="
                            + (((Outcome.SessionExpired) result).outcomesGone() ? "gone" : "kept");
            case GONE -> " result=gone";
        };
    }

    @Override
    public void close() {
        state.close();
        twin.close();
    }
}
