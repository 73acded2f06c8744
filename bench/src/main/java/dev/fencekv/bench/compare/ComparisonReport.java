package dev.fencekv.bench.compare;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.load.Failover;
import dev.fencekv.bench.plot.Plot;
import dev.fencekv.bench.report.LatencyPlots;
import dev.fencekv.bench.report.Page;
import dev.fencekv.bench.report.RunReport;
import dev.fencekv.bench.report.SavedRun;
import dev.fencekv.bench.report.TextReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** A comparison as text, JSON, pictures and a page. Stateless but for what it shows. */
public final class ComparisonReport {
    private static final int FIRST_COLUMN = 46;
    private static final int COLUMN = 23;

    private final Measured measured;
    private final List<Store> stores;
    private final Comparison.Plan plan;
    private final List<Row> rows;
    private final List<Verdict> verdicts;
    private final List<String> skipped;
    private final String command;

    /**
     * Of what was measured.
     *
     * @param skipped stores that were not measured, and why
     * @param command that made it
     */
    public ComparisonReport(
            Measured measured, Comparison.Plan plan, List<String> skipped, String command) {
        this.measured = measured;
        this.plan = plan;
        this.rows = plan.rows();
        this.skipped = skipped;
        this.command = command;
        this.stores = new ArrayList<>();
        for (Store store : Store.values()) {
            if (measured.has(store)) {
                stores.add(store);
            }
        }
        this.verdicts = Targets.judge(measured);
    }

    /** For a terminal; ends with which targets hold. */
    public String text() {
        StringBuilder out = new StringBuilder();
        conditions().forEach(each -> out.append(each).append('\n'));
        out.append('\n');
        for (List<String> row : table()) {
            out.append(pad(row.get(0), FIRST_COLUMN, false));
            row.subList(1, row.size()).forEach(each -> out.append(pad(each, COLUMN, true)));
            out.append('\n');
        }
        out.append('\n');
        notes().forEach(each -> out.append(each).append('\n'));
        out.append('\n');
        for (Verdict verdict : verdicts) {
            out.append(
                    String.format(
                            Locale.ROOT,
                            "  %-12s  %s: %s%n",
                            verdict.result().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                            verdict.target(),
                            verdict.why()));
        }
        return out.append('\n').append(Targets.summary(verdicts)).append('\n').toString();
    }

    private static String pad(String text, int width, boolean right) {
        String fill = " ".repeat(Math.max(0, width - text.length()));
        return right ? fill + text : text + fill;
    }

    private RunReport anyReport() {
        return measured.reports(Store.FENCEKV, rows.get(0)).get(0);
    }

    private List<String> conditions() {
        RunReport any = anyReport();
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "3 nodes and the client on one machine, %d keys of %d B, values of %d B,"
                                + " %d connections",
                        any.load().keys(),
                        any.load().keyBytes(),
                        any.load().valueBytes(),
                        any.load().connections()));
        lines.add(
                String.format(
                        Locale.ROOT,
                        "medians of %d rounds: %.0f s of puts to warm up (%.0f s in later rounds, the"
                                + " same servers), then each row for %.1f s and %.0f s measured",
                        measured.rounds().size(),
                        seconds(plan.firstWarmUp()),
                        seconds(plan.warmUp()),
                        seconds(plan.settle()),
                        seconds(plan.measured())));
        lines.addAll(any.machine().lines());
        return lines;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }

    /** Header and rows; in parentheses how many times as good FenceKV is. */
    private List<List<String>> table() {
        List<List<String>> table = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of(""));
        stores.forEach(store -> header.add(measured.name(store)));
        table.add(header);
        for (Row row : rows) {
            List<String> cells = new ArrayList<>();
            cells.add(row.text() + ", " + row.metric().text());
            stores.forEach(store -> cells.add(cell(store, row)));
            table.add(cells);
        }
        List<String> failovers =
                new ArrayList<>(List.of("kill -9 of the leader to next write, ms"));
        stores.forEach(store -> failovers.add(failoverCell(store)));
        table.add(failovers);
        return table;
    }

    private String cell(Store store, Row row) {
        if (measured.reports(store, row).isEmpty()) {
            return "-";
        }
        OptionalDouble value = measured.value(store, row);
        if (value.isEmpty()) {
            return "not sustained";
        }
        String text = row.metric().format(value.getAsDouble());
        OptionalDouble ratio = measured.ratio(store, row);
        return store == Store.FENCEKV || ratio.isEmpty()
                ? text
                : text + String.format(Locale.ROOT, " (%.2fx)", ratio.getAsDouble());
    }

    private String failoverCell(Store store) {
        OptionalDouble ms = failoverMs(store);
        if (ms.isEmpty()) {
            return "-";
        }
        OptionalDouble ours = failoverMs(Store.FENCEKV);
        return String.format(Locale.ROOT, "%.0f", ms.getAsDouble())
                + (store == Store.FENCEKV || ours.isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT, " (%.2fx)", ms.getAsDouble() / ours.getAsDouble()));
    }

    private OptionalDouble failoverMs(Store store) {
        return Measured.median(
                measured.failovers(store).stream().map(Failover::recoveredMs).toList());
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        notes.add(
                "In parentheses: how many times as good FenceKV is, median of each round's ratio.");
        notes.add(
                "Floor, median of the rounds: a durable write on 2 of 3 "
                        + String.format(Locale.ROOT, "%.3f ms", measured.floorMs())
                        + "; first round: "
                        + TextReport.text(measured.rounds().get(0).floor()));
        if (stores.contains(Store.REDIS)) {
            notes.add(
                    "Redis is neither consensus nor linearizable, and a write that WAIT counted is"
                            + " known to be on one disk only.");
        }
        stores.stream()
                .filter(store -> !measured.failovers(store).isEmpty())
                .forEach(store -> notes.add(killed(store)));
        skipped.forEach(each -> notes.add("Skipped: " + each));
        return notes;
    }

    private String killed(Store store) {
        List<Failover> all = measured.failovers(store);
        return store.text()
                + ", leader killed "
                + all.size()
                + " times: "
                + all.stream()
                        .map(each -> String.format(Locale.ROOT, "%.0f", each.recoveredMs()))
                        .collect(Collectors.joining(" "))
                + " ms; puts acknowledged "
                + all.stream().mapToInt(Failover::acknowledged).sum()
                + ", of these lost "
                + all.stream().mapToInt(Failover::lost).sum()
                + "; refused for ever "
                + all.stream().mapToInt(Failover::refused).sum()
                + ", of these done nevertheless "
                + all.stream().mapToInt(Failover::risen).sum()
                + "; unknown "
                + all.stream().mapToInt(Failover::unknown).sum();
    }

    public JsonObject toJson() {
        List<JsonObject> rounds = new ArrayList<>();
        for (Measured.Round round : measured.rounds()) {
            JsonObject visits = new JsonObject();
            round.visits().forEach((store, visit) -> visits.put(store.text(), toJson(visit)));
            rounds.add(new JsonObject().put("floor", round.floor().toJson()).put("stores", visits));
        }
        return new JsonObject()
                .put("command", command)
                .put("rounds", rounds)
                .put("skipped", skipped)
                .put("verdicts", verdicts.stream().map(Verdict::toJson).toList())
                .put("summary", Targets.summary(verdicts));
    }

    private static JsonObject toJson(Measured.Visit visit) {
        JsonObject runs = new JsonObject();
        visit.rows().forEach((row, report) -> runs.put(row.id(), report.toJson()));
        return new JsonObject()
                .put("store", visit.store())
                .put("rows", runs)
                .put("failovers", visit.failovers().stream().map(Failover::toJson).toList())
                .put("fencedOverPlain", visit.fencedOverPlain());
    }

    /** Writes everything; {@code dir} already has the runs. */
    public void write(Path dir) throws IOException {
        Files.writeString(dir.resolve("compare.json"), Json.pretty(toJson()));
        Files.writeString(dir.resolve("compare.txt"), command + "\n\n" + text());
        Page page = new Page("FenceKV side by side");
        conditions().forEach(page::lead);
        List<List<String>> table = table();
        page.table(table.get(0), table.subList(1, table.size()));
        notes().forEach(page::lead);
        page.heading("Targets")
                .table(
                        List.of("target", "", ""),
                        verdicts.stream()
                                .map(
                                        each ->
                                                List.of(
                                                        each.target(),
                                                        each.result()
                                                                .name()
                                                                .toLowerCase(Locale.ROOT)
                                                                .replace('_', ' '),
                                                        each.why()))
                                .toList());
        page.heading("Latencies");
        for (Row row : rows) {
            Plot plot = plot(dir, row);
            plot.write(dir, row.id());
            page.picture(plot);
        }
        page.heading("What it cost").preformatted(costs());
        page.heading("Made by").preformatted(command);
        Files.writeString(dir.resolve("compare.html"), page.html());
    }

    /** All rounds of each store in one line. */
    private Plot plot(Path dir, Row row) throws IOException {
        List<LatencyPlots.Line> lines = new ArrayList<>();
        for (Store store : stores) {
            List<Histogram> intervals = new ArrayList<>();
            for (int round = 0; round < measured.rounds().size(); round++) {
                Path run = Comparison.runDirectory(dir, store, row, round);
                if (Files.exists(run)) {
                    SavedRun.read(run).intervals().values().forEach(intervals::addAll);
                }
            }
            if (!intervals.isEmpty()) {
                Histogram total = new Histogram(intervals.get(0));
                intervals.forEach(total::add);
                String kept = measured.isSustained(store, row) ? "" : " (did not keep up)";
                lines.add(new LatencyPlots.Line(measured.name(store) + kept, total, intervals));
            }
        }
        return LatencyPlots.byPercentile(
                row.text(), anyReport().conditions().replaceAll("^[^;]*; ", ""), lines);
    }

    private String costs() {
        StringBuilder out = new StringBuilder();
        for (Row row : rows) {
            for (Store store : stores) {
                List<RunReport> reports = measured.reports(store, row);
                if (!reports.isEmpty()) {
                    out.append(TextReport.of(reports.get(reports.size() - 1))).append('\n');
                }
            }
        }
        return out.toString();
    }
}
