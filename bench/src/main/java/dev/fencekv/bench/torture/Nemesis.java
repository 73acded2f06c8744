package dev.fencekv.bench.torture;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.NodeProcess;
import dev.fencekv.bench.cluster.Signals;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.kv.LockInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Does to the nodes and clients what a schedule says, and heals it again. Owned by one thread.
 *
 * <p>A node is met by one fault of its process at a time: who is killed is not paused.
 */
final class Nemesis {
    private static final int LINKS_VARIANTS = 6;
    private static final Duration REPLACED_WITHIN = Duration.ofSeconds(60);

    private final FenceKvCluster cluster;
    private final List<String> peers;
    private final List<ClientProcess> clients;
    private final FaultFiles files;
    private final Consumer<String> say;
    private final List<Happening> happenings = new CopyOnWriteArrayList<>();

    /** Nodes whose process is not to be met by another fault. */
    private final Set<Integer> busy = ConcurrentHashMap.newKeySet();

    private final List<Replacement> replacements = new ArrayList<>();
    private final Set<String> failedReplacements = new TreeSet<>();
    private final Set<String> endedByThemselves = new TreeSet<>();

    /**
     * @param peers the nodes' peer addresses
     * @param say told what happens, for people
     */
    Nemesis(
            FenceKvCluster cluster,
            List<String> peers,
            List<ClientProcess> clients,
            FaultFiles files,
            Consumer<String> say) {
        this.cluster = cluster;
        this.peers = peers;
        this.clients = clients;
        this.files = files;
        this.say = say;
    }

    /** What undoes a fault. */
    private interface Healing {
        void heal() throws IOException, InterruptedException;
    }

    private record UnderWay(
            Schedule.Step step, String target, String what, long fromNanos, Healing healing) {}

    /** Runs the whole schedule; all is healed when it returns. */
    List<Happening> run(Schedule schedule) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        List<UnderWay> underWay = new ArrayList<>();
        try {
            for (Schedule.Step step : schedule.steps()) {
                healUntil(begin, underWay, step.atMs());
                sleepUntil(begin, step.atMs());
                lookForEnded();
                begin(step, underWay);
            }
        } finally {
            healUntil(begin, underWay, Long.MAX_VALUE);
        }
        for (Replacement replacement : replacements) {
            replacement.await(REPLACED_WITHIN).ifPresent(failedReplacements::add);
        }
        return happenings;
    }

    /** Nodes that were not running although nobody had stopped them. */
    Set<String> endedByThemselves() {
        lookForEnded();
        return endedByThemselves;
    }

    /**
     * What became of the nodes that were removed.
     *
     * @param nodes how many there were
     * @param failed why some of them are no members again
     */
    record Replaced(int nodes, Set<String> failed) {}

    Replaced replaced() {
        return new Replaced(replacements.size(), failedReplacements);
    }

    private void lookForEnded() {
        for (int n = 0; n < peers.size(); n++) {
            if (!busy.contains(n) && !cluster.node(n).isAlive()) {
                endedByThemselves.add(name(n));
            }
        }
    }

    private void healUntil(long begin, List<UnderWay> underWay, long untilMs)
            throws IOException, InterruptedException {
        underWay.sort(Comparator.comparingLong(each -> each.step.endsMs()));
        while (!underWay.isEmpty() && underWay.get(0).step.endsMs() <= untilMs) {
            UnderWay next = underWay.remove(0);
            sleepUntil(begin, next.step.endsMs());
            next.healing.heal();
            happenings.add(
                    new Happening(
                            next.step.kind(),
                            next.target,
                            next.what,
                            next.fromNanos,
                            System.nanoTime()));
        }
    }

    private static void sleepUntil(long begin, long atMs) throws InterruptedException {
        long leftMs = atMs - (System.nanoTime() - begin) / 1_000_000;
        if (leftMs > 0) {
            Thread.sleep(leftMs);
        }
    }

    private void begin(Schedule.Step step, List<UnderWay> underWay)
            throws IOException, InterruptedException {
        Random random = new Random(step.choice());
        switch (step.kind()) {
            case KILL -> stopProcess(step, underWay, node(random), true);
            case RESTART -> stopProcess(step, underWay, node(random), false);
            case PAUSE -> pause(step, underWay, random);
            case PARTITION -> links(step, underWay, random);
            case CLOCK -> clock(step, underWay, random);
            case DISK -> disk(step, underWay, random);
            case MEMBERSHIP -> membership(step, random);
        }
    }

    /** The leader half of the time: that is where most can go wrong. */
    private int node(Random random) {
        boolean leader = random.nextBoolean();
        int any = random.nextInt(peers.size());
        int leading = leader ? cluster.leader() : -1;
        return leading < 0 ? any : leading;
    }

    private void add(
            List<UnderWay> underWay,
            Schedule.Step step,
            String target,
            String what,
            Healing healing) {
        say.accept(
                step.kind().text()
                        + " of "
                        + target
                        + ": "
                        + what
                        + " for "
                        + step.lastsMs()
                        + " ms");
        underWay.add(new UnderWay(step, target, what, System.nanoTime(), healing));
    }

    private static String name(int node) {
        return "node " + (node + 1);
    }

    private void stopProcess(Schedule.Step step, List<UnderWay> underWay, int n, boolean kill)
            throws InterruptedException {
        if (!busy.add(n)) {
            return;
        }
        NodeProcess node = cluster.node(n);
        if (kill) {
            node.kill();
        } else {
            node.stop();
        }
        add(
                underWay,
                step,
                name(n),
                kill ? "killed" : "stopped",
                () -> {
                    node.startAgain();
                    busy.remove(n);
                });
    }

    private void pause(Schedule.Step step, List<UnderWay> underWay, Random random)
            throws IOException {
        if (random.nextBoolean()) {
            ClientProcess client = client(random);
            client.pause();
            add(
                    underWay,
                    step.lastingLonger(LockedSet.SESSION_TTL),
                    client.name(),
                    "paused",
                    client::resume);
            return;
        }
        int n = node(random);
        if (!busy.add(n)) {
            return;
        }
        List<Long> pid = List.of(cluster.node(n).pid());
        Signals.pause(pid);
        add(
                underWay,
                step,
                name(n),
                "paused",
                () -> {
                    Signals.resume(pid);
                    busy.remove(n);
                });
    }

    /** Mostly the one that holds the lock: it is who would do harm. */
    private ClientProcess client(Random random) {
        ClientProcess any = clients.get(random.nextInt(clients.size()));
        if (random.nextInt(4) == 0) {
            return any;
        }
        try {
            String holder =
                    cluster.admin()
                            .inspectLock(LockedSet.LOCK)
                            .flatMap(LockInfo::grant)
                            .map(grant -> grant.label().value())
                            .orElse("");
            return clients.stream().filter(each -> each.holdsAs(holder)).findFirst().orElse(any);
        } catch (FenceKvException e) {
            return any;
        }
    }

    private void links(Schedule.Step step, List<UnderWay> underWay, Random random)
            throws IOException {
        int n = node(random);
        int other = (n + 1 + random.nextInt(peers.size() - 1)) % peers.size();
        String what;
        List<String> mine = new ArrayList<>();
        List<String> theirs = new ArrayList<>();
        switch (random.nextInt(LINKS_VARIANTS)) {
            case 0 -> {
                what = "cut off from all";
                mine.addAll(toOthers(n, "cut %s"));
                theirs.add("cut " + peers.get(n));
            }
            case 1 -> {
                what = "heard by nobody";
                mine.addAll(toOthers(n, "cut %s"));
            }
            case 2 -> {
                what = "hears nobody";
                theirs.add("cut " + peers.get(n));
            }
            case 3 -> {
                String from = name(other);
                what = "cut off from " + from;
                faults(
                        underWay,
                        step,
                        other,
                        List.of("cut " + peers.get(n)),
                        "cut off from " + name(n));
                mine.add("cut " + peers.get(other));
            }
            case 4 -> {
                what = "slow to all";
                int ms = 20 + random.nextInt(150);
                mine.addAll(toOthers(n, "delay %s " + ms + " " + ms));
            }
            default -> {
                what = "loses packets";
                int percent = 5 + random.nextInt(40);
                mine.addAll(toOthers(n, "lose %s " + percent));
            }
        }
        if (!mine.isEmpty() || theirs.isEmpty()) {
            faults(underWay, step, n, mine, what);
        }
        if (!theirs.isEmpty()) {
            for (int each = 0; each < peers.size(); each++) {
                if (each != n) {
                    faults(underWay, step, each, theirs, "does not reach " + name(n));
                }
            }
        }
    }

    private List<String> toOthers(int n, String form) {
        return peers.stream()
                .filter(peer -> !peer.equals(peers.get(n)))
                .map(peer -> form.replace("%s", peer))
                .toList();
    }

    private void clock(Schedule.Step step, List<UnderWay> underWay, Random random)
            throws IOException {
        String line =
                switch (random.nextInt(4)) {
                    case 0 -> "clock step " + (random.nextInt(120_000) - 60_000);
                    case 1 -> "clock step " + (random.nextInt(1_000) - 500);
                    case 2 -> "clock rate " + (50 + random.nextInt(151));
                    default -> "clock freeze";
                };
        faults(underWay, step, node(random), List.of(line), line);
    }

    private void disk(Schedule.Step step, List<UnderWay> underWay, Random random)
            throws IOException {
        int n = node(random);
        if (random.nextInt(3) > 0) {
            String line = "disk slow " + (20 + random.nextInt(300));
            faults(underWay, step, n, List.of(line), line);
            return;
        }
        if (!busy.add(n)) {
            return;
        }
        String line = "disk fail";
        files.add(n, line);
        add(
                underWay,
                step,
                name(n),
                line,
                () -> {
                    files.remove(n, line);
                    NodeProcess node = cluster.node(n);
                    // It ends by itself at the next sync, unless there was none.
                    node.kill();
                    node.startAgain();
                    busy.remove(n);
                });
    }

    /** One node at a time is away: of three, two would be needed to let it go. */
    private void membership(Schedule.Step step, Random random) {
        int n = node(random);
        long from = System.nanoTime();
        if (random.nextInt(3) == 0) {
            say.accept("membership: the lead is handed to " + name(n));
            try {
                cluster.admin().transferLeadership(peers.get(n));
            } catch (FenceKvException e) {
                // Nobody leads, or it cannot be done now: so be it.
            }
            happenings.add(
                    new Happening(step.kind(), name(n), "asked to lead", from, System.nanoTime()));
            return;
        }
        boolean oneIsAway = replacements.stream().anyMatch(each -> !each.isDone());
        if (oneIsAway || !busy.add(n)) {
            return;
        }
        boolean diskFirst = random.nextBoolean();
        String what = diskFirst ? "loses its disk, is replaced" : "removed, comes back empty";
        say.accept("membership of " + name(n) + ": " + what);
        replacements.add(
                Replacement.begin(
                        cluster,
                        n,
                        diskFirst,
                        step.lastsMs(),
                        () -> {
                            busy.remove(n);
                            happenings.add(
                                    new Happening(
                                            step.kind(), name(n), what, from, System.nanoTime()));
                        }));
    }

    private void faults(
            List<UnderWay> underWay, Schedule.Step step, int n, List<String> lines, String what)
            throws IOException {
        for (String line : lines) {
            files.add(n, line);
        }
        add(
                underWay,
                step,
                name(n),
                what,
                () -> {
                    for (String line : lines) {
                        files.remove(n, line);
                    }
                });
    }
}
