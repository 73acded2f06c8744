package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridClock;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.clock.SlewedClock;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Clients, a network, leaders that change and three replicas, all in one thread, all by one seed.
 * Time is a number. The log is a list: what is in it is committed; what a leader has proposed
 * beyond it may be lost with the leader.
 */
final class Simulation {
    private static final int REPLICAS = 3;

    /** A request on its way or with the leader. */
    private record Request(SimClient client, Command command, long seen, long sentAtMs) {}

    private record Renewal(SessionId session, long sentAtMs) {}

    /** A sealed entry and who waits for its commands, by ordinal. */
    private record Proposal(
            SimLog.Entry entry, Map<Integer, Request> waiting, boolean ticks, int term) {}

    private final Random random;
    private final SimLog log = new SimLog();
    private final List<SimReplica> replicas = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final List<Runnable> network = new ArrayList<>();
    private SimReplica.@Nullable Snapshot snapshot;

    private long nowMs = 1_000_000;
    private final long[] wallOffsetMs = new long[REPLICAS];
    private final SlewedClock[] physical = new SlewedClock[REPLICAS];

    private int leader;
    private int term = 1;
    private HybridClock clock = new HybridClock(HybridTimestamp.ZERO);
    private long lastTickMs = -1;
    private boolean tickInFlight;
    private long asleepUntilMs;
    private final List<Request> pending = new ArrayList<>();
    private final List<Renewal> renewals = new ArrayList<>();
    private final List<Proposal> uncommitted = new ArrayList<>();

    /** Proposals by the index of their entry, for those who wait for them. */
    private final Map<Integer, Proposal> waiting = new HashMap<>();

    Simulation(long seed, KvStore.Factory... stores) {
        random = new Random(seed);
        for (int i = 0; i < REPLICAS; i++) {
            replicas.add(new SimReplica(log, stores[i % stores.length]));
            int node = i;
            wallOffsetMs[i] = random.nextInt(400) - 200;
            physical[i] =
                    new SlewedClock(
                            () -> nowMs + wallOffsetMs[node],
                            () -> nowMs * 1_000_000,
                            Limits.CLOCK_OFFSET_MS_MAX);
        }
        for (int i = 0; i < 2 + random.nextInt(4); i++) {
            clients.add(new SimClient(i, random, log));
        }
        pending.add(
                new Request(
                        clients.get(0),
                        new Command.FormCluster(
                                new ClusterId(1, seed | 1),
                                List.of(new Member(1, "p0", "c0")),
                                seed),
                        0,
                        nowMs));
    }

    /** Runs so many steps, heals everything, and compares for the last time. */
    SimLog run(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
        while (!network.isEmpty()) {
            network.remove(network.size() - 1).run();
        }
        electLeader(leader);
        List<String> items = null;
        for (SimReplica replica : replicas) {
            while (replica.isBehind()) {
                replica.applyNext();
            }
            List<String> theirs = Snapshots.items(snapshotOf(replica));
            assertThat(theirs).isEqualTo(items == null ? theirs : items);
            items = theirs;
            replica.close();
        }
        return log;
    }

    private byte[] snapshotOf(SimReplica replica) {
        replica.restore(new SimReplica.Snapshot(fullSnapshot(replica), replica.applied));
        return Snapshots.of(replica.state);
    }

    private static byte[] fullSnapshot(SimReplica replica) {
        SimReplica.Snapshot finished = null;
        int applied = replica.applied;
        while (finished == null || finished.applied() != applied) {
            finished = replica.walkOn();
        }
        return finished.bytes();
    }

    private void step() {
        nowMs += random.nextInt(24);
        int dice = random.nextInt(1000);
        if (dice < 200) {
            send(clients.get(random.nextInt(clients.size())));
        } else if (dice < 280) {
            sendRenewal(clients.get(random.nextInt(clients.size())));
        } else if (dice < 580) {
            deliver(1 + random.nextInt(4));
        } else if (dice < 600) {
            lose();
        } else if (dice < 720) {
            propose();
        } else if (dice < 820) {
            commit(1 + random.nextInt(3));
        } else if (dice < 950) {
            applySomewhere(1 + random.nextInt(5));
        } else if (dice < 953) {
            electLeader(random.nextInt(REPLICAS));
        } else if (dice < 955) {
            sleep();
        } else if (dice < 960) {
            clients.get(random.nextInt(clients.size())).pauseUntil(nowMs + random.nextInt(8000));
        } else if (dice < 963) {
            wallOffsetMs[random.nextInt(REPLICAS)] = wallJump();
        } else if (dice < 994) {
            walk(replicas.get(random.nextInt(REPLICAS)));
        } else {
            crash(random.nextInt(REPLICAS));
        }
    }

    private long wallJump() {
        return switch (random.nextInt(3)) {
            case 0 -> 3_600_000L;
            case 1 -> -3_600_000L;
            default -> random.nextInt(600) - 300;
        };
    }

    private void send(SimClient client) {
        if (client.isPaused(nowMs)) {
            return;
        }
        Command command = client.next();
        boolean badClock = random.nextInt(200) == 0;
        long stamp = badClock ? HybridTimestamp.ofMillis(nowMs + 10_000_000).packed() : client.seen;
        Request request = new Request(client, command, stamp, nowMs);
        network.add(() -> receive(request));
    }

    private void sendRenewal(SimClient client) {
        SessionId session = client.session;
        if (!session.isNone() && !client.isPaused(nowMs)) {
            Renewal renewal = new Renewal(session, nowMs);
            network.add(() -> renewals.add(renewal));
        }
    }

    /** Any message, so in any order; some twice. */
    private void deliver(int messages) {
        for (int i = 0; i < messages && !network.isEmpty(); i++) {
            int index = random.nextInt(network.size());
            Runnable message = network.get(index);
            if (random.nextInt(10) > 0) {
                network.remove(index);
            }
            message.run();
        }
    }

    private void lose() {
        if (!network.isEmpty()) {
            network.remove(random.nextInt(network.size()));
        }
    }

    /** The leader takes a request, unless its stamp lies too far ahead. */
    private void receive(Request request) {
        HybridTimestamp stamp = new HybridTimestamp(request.seen());
        HybridTimestamp lastApplied = replicas.get(leader).state.lastStamp();
        if (stamp.isAfter(lastApplied)
                && HybridClock.tooFarAhead(
                        stamp, physical[leader].millis(), Limits.CLOCK_OFFSET_MS_MAX)) {
            return;
        }
        pending.add(request);
    }

    private void propose() {
        if (nowMs < asleepUntilMs) {
            return;
        }
        List<Command> commands = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        List<Long> sentAt = new ArrayList<>();
        Map<SessionId, Long> renewalsSentAt = new HashMap<>();
        Map<Integer, Request> waiters = new HashMap<>();
        boolean ticks = isTickDue();
        if (ticks) {
            commands.add(tick(renewalsSentAt));
            seen.add(0L);
            sentAt.add(nowMs);
        }
        for (int i = random.nextInt(4); i >= 0 && !pending.isEmpty(); i--) {
            Request request = pending.remove(0);
            clock.observe(new HybridTimestamp(request.seen()));
            waiters.put(commands.size(), request);
            commands.add(request.command());
            seen.add(request.seen());
            sentAt.add(request.sentAtMs());
        }
        if (commands.isEmpty()) {
            return;
        }
        HybridTimestamp proposed = clock.next(physical[leader].millis());
        byte[] bytes = LogEntryCodec.encode(new LogEntry(proposed, commands));
        SimLog.Entry entry = new SimLog.Entry(bytes, seen, sentAt, renewalsSentAt, nowMs);
        uncommitted.add(new Proposal(entry, waiters, ticks, term));
    }

    private boolean isTickDue() {
        return !tickInFlight
                && (lastTickMs < 0 || nowMs - lastTickMs >= Limits.TICK_INTERVAL_MS)
                && replicas.get(leader).state.waitsForTime();
    }

    private Command tick(Map<SessionId, Long> renewalsSentAt) {
        long elapsed = lastTickMs < 0 ? 0 : nowMs - lastTickMs;
        lastTickMs = nowMs;
        tickInFlight = true;
        List<SessionId> ids = new ArrayList<>();
        for (Renewal renewal : renewals) {
            if (renewalsSentAt.merge(renewal.session(), renewal.sentAtMs(), Math::max)
                            == renewal.sentAtMs()
                    && !ids.contains(renewal.session())) {
                ids.add(renewal.session());
            }
        }
        renewals.clear();
        return new Command.Tick(elapsed, ids);
    }

    private void commit(int proposals) {
        for (int i = 0; i < proposals && !uncommitted.isEmpty(); i++) {
            commitOne(uncommitted.remove(0));
        }
    }

    private void commitOne(Proposal proposal) {
        waiting.put(log.entries.size(), proposal);
        log.commit(proposal.entry());
    }

    private void applySomewhere(int entries) {
        int chosen = random.nextBoolean() ? leader : random.nextInt(REPLICAS);
        SimReplica replica = replicas.get(chosen);
        for (int i = 0; i < entries && replica.isBehind(); i++) {
            applyOn(chosen, replica);
        }
    }

    /** The leader answers what it applies, of its own term. */
    private void applyOn(int node, SimReplica replica) {
        int index = replica.applied;
        SimLog.Applied applied = replica.applyNext();
        if (node != leader) {
            return;
        }
        Proposal proposal = waiting.remove(index);
        if (proposal != null && proposal.term() == term) {
            tickInFlight &= !proposal.ticks();
            proposal.waiting()
                    .forEach(
                            (ordinal, request) -> answer(request, applied.outcomes().get(ordinal)));
        }
        for (WaitEnded end : applied.notices()) {
            notice(end);
        }
    }

    private void answer(Request request, Outcome outcome) {
        network.add(() -> request.client().answered(request.command(), outcome));
    }

    private void notice(WaitEnded end) {
        for (SimClient client : clients) {
            if (client.session.equals(end.session()) && end.status() == Status.OK) {
                network.add(
                        () -> {
                            client.saw(end.at());
                            client.holds(end.lock(), end.token());
                        });
            }
        }
    }

    /**
     * The new leader has some of what the old one proposed; the rest is lost. It begins when it has
     * applied all that came before it.
     */
    private void electLeader(int elected) {
        int kept = uncommitted.isEmpty() ? 0 : random.nextInt(uncommitted.size() + 1);
        for (int i = 0; i < kept; i++) {
            commitOne(uncommitted.get(i));
        }
        uncommitted.clear();
        pending.clear();
        renewals.clear();
        term++;
        leader = elected;
        SimReplica replica = replicas.get(leader);
        while (replica.isBehind()) {
            applyOn(leader, replica);
        }
        clock = new HybridClock(replica.state.lastStamp());
        lastTickMs = -1;
        tickInFlight = false;
        asleepUntilMs = 0;
    }

    /** The leader stops and does not know it. */
    private void sleep() {
        asleepUntilMs = nowMs + random.nextInt(8000);
        if (random.nextBoolean()) {
            nowMs = asleepUntilMs;
        }
    }

    private void walk(SimReplica replica) {
        for (int i = random.nextInt(60); i >= 0; i--) {
            SimReplica.Snapshot finished = replica.walkOn();
            if (finished != null) {
                snapshot = finished;
                return;
            }
        }
    }

    /** A replica that does not lead loses its memory and goes on from a snapshot. */
    private void crash(int node) {
        if (node != leader) {
            replicas.get(node).restore(random.nextInt(4) == 0 ? null : snapshot);
        }
    }
}
