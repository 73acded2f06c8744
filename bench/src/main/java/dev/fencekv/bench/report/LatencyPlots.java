package dev.fencekv.bench.report;

import dev.fencekv.bench.plot.Axis;
import dev.fencekv.bench.plot.Plot;
import dev.fencekv.bench.plot.Plot.Series;
import dev.fencekv.bench.plot.Plot.Style;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Latencies as pictures, those of several runs on one. Stateless. */
public final class LatencyPlots {
    private static final int TICKS_PER_HALF_DISTANCE = 20;
    private static final double NANOS_PER_MS = 1e6;

    private LatencyPlots() {}

    /** One line: one operation of one run. */
    public record Line(String label, Histogram total, List<Histogram> intervals) {}

    /** The lines of some runs, each with what tells it from the others. */
    public static List<Line> lines(List<SavedRun> runs) {
        List<Line> lines = new ArrayList<>();
        for (SavedRun run : runs) {
            for (String operation : run.intervals().keySet()) {
                lines.add(
                        new Line(
                                label(runs, run, operation),
                                run.total(operation),
                                run.intervals().get(operation)));
            }
        }
        return lines;
    }

    private static String label(List<SavedRun> runs, SavedRun run, String operation) {
        RunReport report = run.report();
        StringBuilder label = new StringBuilder();
        if (runs.stream().map(each -> each.report().store()).distinct().count() > 1) {
            label.append(report.store()).append(' ');
        }
        label.append(operation);
        if (runs.stream().map(each -> each.report().load().text()).distinct().count() > 1) {
            label.append(
                    report.load().openLoop()
                            ? " at " + report.load().ratePerSecond() + "/s"
                            : ", " + report.load().outstanding() + " outstanding");
        }
        return label.toString();
    }

    /** Latency over percentiles, both logarithmic: the tail takes as much room as it deserves. */
    public static Plot byPercentile(String title, String subtitle, List<Line> lines) {
        List<Series> series = new ArrayList<>();
        long most = 1;
        double low = Double.MAX_VALUE;
        double high = 0;
        for (Line line : lines) {
            List<double[]> points = new ArrayList<>();
            for (HistogramIterationValue each : line.total.percentiles(TICKS_PER_HALF_DISTANCE)) {
                double ms = each.getValueIteratedTo() / NANOS_PER_MS;
                points.add(new double[] {each.getPercentile(), ms});
                low = Math.min(low, ms);
                high = Math.max(high, ms);
            }
            most = Math.max(most, line.total.getTotalCount());
            series.add(new Series(line.label, series.size(), Style.LINE, cut(points, line.total)));
        }
        return new Plot(
                title,
                subtitle,
                Axis.percentiles("percentile of operations", Math.log10(most)),
                Axis.logarithmic("latency, ms", low, high),
                series);
    }

    /** The last step, to 100 %, is the largest value: it belongs to the last of n operations. */
    private static List<double[]> cut(List<double[]> points, Histogram total) {
        double last = 100.0 - 100.0 / Math.max(1, total.getTotalCount());
        for (double[] point : points) {
            point[0] = Math.min(point[0], last);
        }
        return points;
    }

    /** Latency over time: p50, p99 and the largest of each second. */
    public static Plot overTime(String title, String conditions, List<Line> lines) {
        List<Series> series = new ArrayList<>();
        double seconds = 1;
        double low = Double.MAX_VALUE;
        double high = 0;
        for (int color = 0; color < lines.size(); color++) {
            Line line = lines.get(color);
            List<double[]> median = new ArrayList<>();
            List<double[]> tail = new ArrayList<>();
            List<double[]> largest = new ArrayList<>();
            long beginMs = line.intervals.get(0).getStartTimeStamp();
            for (Histogram each : line.intervals) {
                if (each.getTotalCount() == 0) {
                    continue;
                }
                double at = (each.getEndTimeStamp() - beginMs) / 1e3;
                median.add(new double[] {at, each.getValueAtPercentile(50) / NANOS_PER_MS});
                tail.add(new double[] {at, each.getValueAtPercentile(99) / NANOS_PER_MS});
                largest.add(new double[] {at, each.getMaxValue() / NANOS_PER_MS});
                seconds = Math.max(seconds, at);
                low = Math.min(low, each.getValueAtPercentile(50) / NANOS_PER_MS);
                high = Math.max(high, each.getMaxValue() / NANOS_PER_MS);
            }
            series.add(new Series(line.label, color, Style.LINE, tail));
            series.add(new Series(line.label, color, Style.THIN_LINE, median));
            series.add(new Series(line.label, color, Style.DOTS, largest));
        }
        return new Plot(
                title,
                "of each second: thick p99, thin p50, dots the largest; " + conditions,
                Axis.linear("time since the measurement began, s", 0, seconds),
                Axis.logarithmic("latency, ms", low, high),
                series);
    }
}
