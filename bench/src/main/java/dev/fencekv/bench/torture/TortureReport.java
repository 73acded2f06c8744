package dev.fencekv.bench.torture;

import dev.fencekv.bench.history.LinearizabilityChecker;
import dev.fencekv.bench.history.Model;
import dev.fencekv.bench.history.Verdict;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.torture.Torture.Endstate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The verdicts on a run, and what they rest on. */
public final class TortureReport {
    private static final Duration CHECK_WITHIN = Duration.ofSeconds(60);

    /** Reads the registers once more when all is over. */
    private static final long LAST_READER = 9_999;

    private static final int SHOWN_MAX = 5;

    /** Each worker must have been answered so often. */
    private static final int DONE_MIN = 3;

    /** One thing that had to hold. */
    private record Finding(String what, boolean holds, String detail) {}

    private final TorturePlan plan;
    private final long startNanos;
    private final List<Happening> happenings;
    private final MergedHistory history;
    private final Endstate end;
    private final List<Finding> findings = new ArrayList<>();
    private final MergedHistory registers;
    private final MergedHistory locks;

    /**
     * @param writableAfterMs from the last healing to the next acknowledged write; -1: there was
     *     none
     */
    TortureReport(
            TorturePlan plan,
            long startNanos,
            List<Happening> happenings,
            Set<String> endedByThemselves,
            Nemesis.Replaced replaced,
            MergedHistory history,
            Endstate end,
            double writableAfterMs) {
        this.plan = plan;
        this.startNanos = startNanos;
        this.happenings = happenings;
        this.history = history;
        this.end = end;
        this.registers = history.only(key -> key.startsWith(Registers.PREFIX)).and(lastReads());
        this.locks = history.only(key -> key.equals(LockedSet.LOCK.value()));
        find("registers are linearizable", Model.CAS_REGISTER, registers);
        if (plan.tokens()) {
            find("locks are linearizable", Model.LOCK, locks);
        }
        findUpdates();
        findExactlyOnce();
        findDigests();
        findings.add(
                new Finding(
                        "no node ends by itself",
                        endedByThemselves.isEmpty(),
                        endedByThemselves.isEmpty() ? "none did" : endedByThemselves.toString()));
        if (plan.faults().contains(FaultKind.MEMBERSHIP)) {
            findings.add(
                    new Finding(
                            "who was removed is a member again",
                            replaced.failed().isEmpty(),
                            replaced.failed().isEmpty()
                                    ? replaced.nodes() + " came back with an empty disk"
                                    : replaced.failed().toString()));
        }
        findStamps();
        findWork();
        findings.add(
                new Finding(
                        "writes go on after the faults",
                        writableAfterMs >= 0,
                        writableAfterMs < 0
                                ? "none was acknowledged"
                                : "after " + Math.round(writableAfterMs) + " ms"));
    }

    private List<JsonObject> lastReads() {
        List<JsonObject> reads = new ArrayList<>();
        end.registers()
                .forEach(
                        (key, value) -> {
                            Object seen = value.<Object>map(Long::parseLong).orElse(Json.NULL);
                            reads.add(event("invoke", key, Json.NULL));
                            reads.add(event("ok", key, seen));
                        });
        return reads;
    }

    private static JsonObject event(String type, String key, Object value) {
        return new JsonObject()
                .put("at", System.nanoTime())
                .put("process", LAST_READER)
                .put("type", type)
                .put("f", "read")
                .put("key", key)
                .put("value", value);
    }

    private void find(String what, Model model, MergedHistory of) {
        Verdict verdict = LinearizabilityChecker.check(model, of.history(), CHECK_WITHIN);
        String detail =
                switch (verdict.kind()) {
                    case LINEARIZABLE -> of.events().size() + " events";
                    case UNKNOWN -> "key " + verdict.key() + " could not be decided in time";
                    case VIOLATION ->
                            "key "
                                    + verdict.key()
                                    + ": "
                                    + verdict.explained()
                                    + " operations come out in one order, then none of "
                                    + verdict.stuck().stream().limit(SHOWN_MAX).toList();
                };
        findings.add(new Finding(what, verdict.kind() == Verdict.Kind.LINEARIZABLE, detail));
    }

    /** Every element whose addition was acknowledged is there, once; none that was refused. */
    private void findUpdates() {
        Set<String> there = new HashSet<>(end.set());
        Set<String> acknowledged = elements("ok");
        Set<String> lost = new TreeSet<>(acknowledged);
        lost.removeAll(there);
        Set<String> risen = elements("fail");
        risen.retainAll(there);
        boolean once = there.size() == end.set().size();
        findings.add(
                new Finding(
                        "no update under the lock is lost",
                        lost.isEmpty() && risen.isEmpty() && once,
                        acknowledged.size()
                                + " acknowledged, "
                                + elements("fail").size()
                                + " refused, "
                                + lost.size()
                                + " lost, "
                                + risen.size()
                                + " refused and there"
                                + (once ? "" : ", some there twice")));
    }

    private Set<String> elements(String type) {
        Set<String> elements = new TreeSet<>();
        for (JsonObject event : history.events()) {
            if (event.text("f").equals("add") && event.text("type").equals(type)) {
                elements.add(event.text("value"));
            }
        }
        return elements;
    }

    private void findExactlyOnce() {
        List<String> wrong = new ArrayList<>();
        long writes = 0;
        long unknown = 0;
        for (Map.Entry<String, Long> counted : end.versions().entrySet()) {
            MergedHistory of = history.only(key -> key.equals(counted.getKey()));
            long done = of.count("count", "ok");
            long mayBe = of.count("count", "invoke") - of.count("count", "fail");
            writes += done;
            unknown += mayBe - done;
            if (counted.getValue() < done || counted.getValue() > mayBe) {
                wrong.add(
                        counted.getKey()
                                + " was written "
                                + counted.getValue()
                                + " times, acknowledged "
                                + done
                                + ", unknown "
                                + (mayBe - done));
            }
        }
        findings.add(
                new Finding(
                        "each write is done once",
                        wrong.isEmpty(),
                        wrong.isEmpty()
                                ? writes + " acknowledged, " + unknown + " unknown"
                                : wrong.toString()));
    }

    /** In the order of their revisions, whatever the clocks did, and whoever wrote. */
    private void findStamps() {
        TreeMap<Long, Long> stamps = new TreeMap<>();
        boolean grow = true;
        for (JsonObject event : history.events()) {
            if (event.has("stamp")) {
                Long other = stamps.put(event.whole("revision"), event.whole("stamp"));
                grow &= other == null;
            }
        }
        long last = 0;
        for (long stamp : stamps.values()) {
            grow &= stamp > last;
            last = stamp;
        }
        findings.add(
                new Finding(
                        "stamps grow with revisions",
                        grow,
                        stamps.size() + " acknowledged writes"));
    }

    /** Of clients that did nothing and faults that did not come all would hold. */
    private void findWork() {
        TreeMap<Long, Integer> done = new TreeMap<>();
        for (JsonObject event : history.events()) {
            int ok = event.text("type").equals("ok") ? 1 : 0;
            done.merge(Math.abs(event.whole("process")), ok, Integer::sum);
        }
        int workers = plan.clients() * (1 + TortureClient.REGISTERS);
        int least = done.values().stream().min(Integer::compare).orElse(0);
        findings.add(
                new Finding(
                        "there was work and trouble",
                        done.size() == workers && least >= DONE_MIN && !happenings.isEmpty(),
                        done.size()
                                + " of "
                                + workers
                                + " workers, at least "
                                + least
                                + " operations each, "
                                + happenings.size()
                                + " faults"));
    }

    private void findDigests() {
        boolean equal = end.digests().stream().distinct().count() == 1;
        findings.add(
                new Finding(
                        "all nodes have the same state",
                        equal,
                        end.digests().isEmpty()
                                ? "no entry was told by all in time"
                                : end.digests().stream()
                                        .map(Long::toHexString)
                                        .toList()
                                        .toString()));
    }

    /** Whether all is as it must be. */
    public boolean holds() {
        return findings.stream().allMatch(Finding::holds);
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        for (Finding finding : findings) {
            text.append(
                    String.format(
                            "  %-8s %s: %s%n",
                            finding.holds ? "holds" : "BROKEN", finding.what, finding.detail));
        }
        return text.toString();
    }

    JsonObject toJson() {
        TreeMap<String, Integer> faults = new TreeMap<>();
        happenings.forEach(each -> faults.merge(each.kind().text(), 1, Integer::sum));
        JsonObject counts = new JsonObject();
        faults.forEach(counts::put);
        JsonObject operations = new JsonObject();
        for (String type : List.of("invoke", "ok", "fail", "info")) {
            operations.put(
                    type,
                    history.events().stream()
                            .filter(event -> event.text("type").equals(type))
                            .count());
        }
        return new JsonObject()
                .put("seed", plan.seed())
                .put("seconds", plan.duration().toSeconds())
                .put("nodes", plan.nodes())
                .put("tokens", plan.tokens())
                .put("faults", counts)
                .put("operations", operations)
                .put("holds", holds())
                .put(
                        "verdicts",
                        findings.stream()
                                .map(
                                        each ->
                                                new JsonObject()
                                                        .put("what", each.what)
                                                        .put("holds", each.holds)
                                                        .put("detail", each.detail))
                                .toList());
    }

    /** Histories for scripts/check-history, the summary and the timeline. */
    public void write(Path out) throws IOException {
        Files.write(out.resolve("registers.jsonl"), registers.lines());
        Files.write(out.resolve("locks.jsonl"), locks.lines());
        Files.writeString(out.resolve("summary.json"), Json.pretty(toJson()));
        Files.writeString(
                out.resolve("timeline.html"),
                Timeline.html(plan, startNanos, happenings, history, text()));
    }
}
