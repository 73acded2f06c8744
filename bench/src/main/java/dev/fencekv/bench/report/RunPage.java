package dev.fencekv.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The page of one or more runs. Stateless. */
public final class RunPage {
    private RunPage() {}

    public static Page of(String title, List<SavedRun> runs) {
        List<LatencyPlots.Line> lines = LatencyPlots.lines(runs);
        String conditions = runs.get(0).report().conditions();
        Page page =
                new Page(title)
                        .lead(conditions)
                        .lead(String.join("; ", runs.get(0).report().machine().lines()))
                        .picture(
                                LatencyPlots.byPercentile(
                                        "Latency by percentile", conditions, lines))
                        .picture(LatencyPlots.overTime("Latency over time", conditions, lines))
                        .heading("Numbers")
                        .table(
                                List.of(
                                        "ms",
                                        "per second",
                                        "count",
                                        "p50",
                                        "p90",
                                        "p99",
                                        "p99.9",
                                        "p99.99",
                                        "max",
                                        "failed",
                                        "unfinished"),
                                rows(runs));
        for (SavedRun run : runs) {
            page.heading(run.report().title() + ", " + run.report().when())
                    .preformatted(TextReport.of(run.report()));
        }
        return page;
    }

    private static List<List<String>> rows(List<SavedRun> runs) {
        List<List<String>> rows = new ArrayList<>();
        for (SavedRun run : runs) {
            RunReport report = run.report();
            report.operations()
                    .forEach(
                            (operation, each) ->
                                    rows.add(
                                            List.of(
                                                    report.title()
                                                            + (report.operations().size() > 1
                                                                    ? " (" + operation + ")"
                                                                    : ""),
                                                    String.format(
                                                            Locale.ROOT,
                                                            "%.0f",
                                                            report.perSecond()),
                                                    Long.toString(each.count()),
                                                    ms(each.p50()),
                                                    ms(each.p90()),
                                                    ms(each.p99()),
                                                    ms(each.p999()),
                                                    ms(each.p9999()),
                                                    ms(each.max()),
                                                    Long.toString(report.failed()),
                                                    Long.toString(report.unfinished()))));
        }
        return rows;
    }

    private static String ms(double micros) {
        return String.format(Locale.ROOT, "%.3f", micros / 1e3);
    }
}
