package dev.fencekv.bench.growth;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.plot.Axis;
import dev.fencekv.bench.plot.Plot;
import dev.fencekv.bench.report.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Growth as a table, JSON, pictures and a page. Immutable. */
public final class GrowthReport {
    private static final double MIB = 1 << 20;
    private static final double P50_GROWTH_MAX = 1.3;
    private static final double REPLAYED_PER_SECOND_MIN = 150_000;

    private final List<Size> sizes;
    private final List<String> conditions;
    private final String command;

    public GrowthReport(List<Size> sizes, List<String> conditions, String command) {
        this.sizes = List.copyOf(sizes);
        this.conditions = List.copyOf(conditions);
        this.command = command;
    }

    /** One column of the table. */
    private record Column(String name, String format, ToDoubleFunction<Size> value) {}

    private static final List<Column> COLUMNS =
            List.of(
                    new Column("keys", "%.0f", Size::keys),
                    new Column("inserts/s", "%.0f", Size::insertsPerSecond),
                    new Column("put p50 ms", "%.3f", size -> size.putP50() / 1e3),
                    new Column("p99", "%.3f", size -> size.putP99() / 1e3),
                    new Column("get p50 ms", "%.3f", size -> size.getP50() / 1e3),
                    new Column("p99", "%.3f", size -> size.getP99() / 1e3),
                    new Column("put p50 ms, snapshotting", "%.3f", s -> s.snapshottingP50() / 1e3),
                    new Column("p99", "%.3f", size -> size.snapshottingP99() / 1e3),
                    new Column("heap MiB", "%.0f", size -> size.heapBytes() / MIB),
                    new Column("RSS MiB", "%.0f", size -> size.residentBytes() / MIB),
                    new Column("snapshot s", "%.3f", Size::snapshotSeconds),
                    new Column("restart from log s", "%.1f", Size::replaySeconds),
                    new Column("inserts/s replayed", "%.0f", Size::replayedPerSecond),
                    new Column("restart from snapshot s", "%.1f", Size::restartSeconds));

    private static List<String> cells(Size size) {
        return COLUMNS.stream()
                .map(
                        column ->
                                String.format(
                                        Locale.ROOT,
                                        column.format,
                                        column.value.applyAsDouble(size)))
                .toList();
    }

    /** For a terminal: one line for each number, one column for each size. */
    public String text() {
        StringBuilder out = new StringBuilder();
        conditions.forEach(each -> out.append(each).append('\n'));
        out.append('\n');
        for (int i = 0; i < COLUMNS.size(); i++) {
            out.append(String.format(Locale.ROOT, "%-26s", COLUMNS.get(i).name));
            for (Size size : sizes) {
                out.append(String.format(Locale.ROOT, "%14s", cells(size).get(i)));
            }
            out.append('\n');
        }
        return out.append('\n').append(verdict()).append('\n').toString();
    }

    /** What the targets say about growth. */
    String verdict() {
        Size first = sizes.get(0);
        Size last = sizes.get(sizes.size() - 1);
        double put = last.putP50() / first.putP50();
        double snapshotting = last.snapshottingP50() / first.putP50();
        double replayed = last.replayedPerSecond();
        return String.format(
                Locale.ROOT,
                "put p50 grows %.2f x from %d to %d keys, %.2f x while snapshotting: %s (1.3 x)."
                        + " Restart from the log replays %.0f inserts/s: %s (150000).",
                put,
                first.keys(),
                last.keys(),
                snapshotting,
                put <= P50_GROWTH_MAX && snapshotting <= P50_GROWTH_MAX ? "holds" : "missed",
                replayed,
                replayed >= REPLAYED_PER_SECOND_MIN ? "holds" : "missed");
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("command", command)
                .put("conditions", conditions)
                .put("sizes", sizes.stream().map(Size::toJson).toList())
                .put("verdict", verdict());
    }

    public void write(Path dir) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("growth.json"), Json.pretty(toJson()));
        Files.writeString(dir.resolve("growth.txt"), command + "\n\n" + text());
        Page page = new Page("What it costs to hold more keys");
        conditions.forEach(page::lead);
        page.table(
                COLUMNS.stream().map(Column::name).toList(),
                sizes.stream().map(GrowthReport::cells).toList());
        page.lead(verdict());
        for (Named plot : plots()) {
            page.picture(plot.picture);
            plot.picture.write(dir, plot.name);
        }
        page.heading("Made by").preformatted(command);
        Files.writeString(dir.resolve("growth.html"), page.html());
    }

    private record Named(String name, Plot picture) {}

    private List<Named> plots() {
        return List.of(
                new Named(
                        "latency",
                        plot(
                                "Latency, one operation at a time",
                                "median, ms",
                                true,
                                List.of("put", "put while snapshotting", "get"),
                                List.of(
                                        size -> size.putP50() / 1e3,
                                        size -> size.snapshottingP50() / 1e3,
                                        size -> size.getP50() / 1e3))),
                new Named(
                        "memory",
                        plot(
                                "Memory of the leader",
                                "MiB",
                                false,
                                List.of("resident", "heap in use"),
                                List.of(
                                        size -> size.residentBytes() / MIB,
                                        size -> size.heapBytes() / MIB))),
                new Named(
                        "time",
                        plot(
                                "Snapshots and restarts",
                                "seconds",
                                false,
                                List.of(
                                        "snapshot under load",
                                        "restart from the log",
                                        "restart from a snapshot"),
                                List.of(
                                        Size::snapshotSeconds,
                                        Size::replaySeconds,
                                        Size::restartSeconds))));
    }

    /** Latencies from zero up, so that growth looks as large as it is; the rest over decades. */
    private Plot plot(
            String title,
            String unit,
            boolean fromZero,
            List<String> labels,
            List<ToDoubleFunction<Size>> values) {
        List<Plot.Series> series = new ArrayList<>();
        double low = Double.MAX_VALUE;
        double high = 0;
        for (int i = 0; i < labels.size(); i++) {
            List<double[]> points = new ArrayList<>();
            for (Size size : sizes) {
                double value = values.get(i).applyAsDouble(size);
                points.add(new double[] {size.keys(), value});
                low = Math.min(low, Math.max(value, 1e-3));
                high = Math.max(high, value);
            }
            series.add(new Plot.Series(labels.get(i), i, Plot.Style.MARKED_LINE, points));
        }
        return new Plot(
                title,
                conditions.get(0),
                Axis.logarithmic("keys", sizes.get(0).keys(), sizes.get(sizes.size() - 1).keys()),
                fromZero ? Axis.linear(unit, 0, high * 1.15) : Axis.logarithmic(unit, low, high),
                series);
    }
}
