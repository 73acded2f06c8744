package dev.fencekv.bench.report;

import dev.fencekv.bench.cluster.ServerUsage;
import dev.fencekv.bench.cluster.Usage;
import dev.fencekv.bench.floor.Floor;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A run's report for a terminal. Stateless. */
public final class TextReport {
    private static final double MIB = 1 << 20;

    private TextReport() {}

    public static String of(RunReport report) {
        StringBuilder out = new StringBuilder();
        out.append(report.title()).append('\n');
        line(out, report.conditions());
        line(
                out,
                seconds(report.load().duration().toMillis())
                        + " measured after "
                        + seconds(report.load().warmUp().toMillis())
                        + " of warm-up");
        report.machine().lines().forEach(each -> line(out, each));
        out.append('\n');
        latencies(out, report);
        report.floor().ifPresent(floor -> floor(out, report, floor));
        out.append('\n');
        usage(out, report);
        return out.toString();
    }

    private static void latencies(StringBuilder out, RunReport report) {
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "%-18s %10s %9s %9s %9s %9s %9s %9s %9s",
                        "latency, ms",
                        "count",
                        "mean",
                        "p50",
                        "p90",
                        "p99",
                        "p99.9",
                        "p99.99",
                        "max"));
        report.operations()
                .forEach(
                        (operation, each) ->
                                line(
                                        out,
                                        String.format(
                                                Locale.ROOT,
                                                "%-18s %10d %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f"
                                                        + " %9.3f",
                                                operation,
                                                each.count(),
                                                each.mean() / 1e3,
                                                each.p50() / 1e3,
                                                each.p90() / 1e3,
                                                each.p99() / 1e3,
                                                each.p999() / 1e3,
                                                each.p9999() / 1e3,
                                                each.max() / 1e3)));
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "%.0f/s; failed: %s; unfinished: %d%s",
                        report.perSecond(),
                        failures(report),
                        report.unfinished(),
                        report.load().openLoop()
                                ? String.format(
                                        Locale.ROOT,
                                        "; operations started late by p99 %.3f ms (counted in)",
                                        report.latenessP99Us() / 1e3)
                                : ""));
    }

    static String failures(RunReport report) {
        Map<String, Long> failures = report.failures();
        return failures.isEmpty()
                ? "none"
                : failures.entrySet().stream()
                        .map(each -> each.getValue() + " " + each.getKey())
                        .collect(Collectors.joining(", "));
    }

    private static void floor(StringBuilder out, RunReport report, Floor floor) {
        double p50 = report.operations().values().iterator().next().p50();
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "floor: %s; p50 is %.2f x that of a write",
                        text(floor),
                        p50 / floor.write()));
    }

    public static String text(Floor floor) {
        return String.format(
                Locale.ROOT,
                "fdatasync %.3f ms (three logs at once %.3f), round trip %.3f,"
                        + " durable write on 2 of 3 %.3f",
                floor.fsync() / 1e3,
                floor.fsyncOfThree() / 1e3,
                floor.roundTrip() / 1e3,
                floor.write() / 1e3);
    }

    private static void usage(StringBuilder out, RunReport report) {
        Usage usage = report.usage();
        if (!usage.servers().isEmpty()) {
            line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "%-18s %10s %14s %14s %12s %8s %12s %10s",
                            "server",
                            "CPU s",
                            "peak RSS MiB",
                            "alloc MiB/s",
                            "alloc B/op",
                            "GCs",
                            "paused ms",
                            "max ms"));
        }
        for (ServerUsage each : usage.servers()) {
            line(
                    out,
                    String.format(
                            Locale.ROOT,
                            "%-18s %10.2f %14.0f %14s %12s %8d %12.1f %10.1f",
                            each.name() + (each.leader() ? " (leader)" : ""),
                            each.cpuSeconds(),
                            each.peakResidentBytes() / MIB,
                            known(
                                    each.allocatedBytesPerOperation(),
                                    report.perSecond() / MIB,
                                    "%.1f"),
                            known(each.allocatedBytesPerOperation(), 1, "%.0f"),
                            each.gc().count(),
                            each.gc().totalMs(),
                            each.gc().maxMs()));
        }
        line(
                out,
                String.format(
                        Locale.ROOT,
                        "client CPU %.2f s; everything else on the machine%s %.2f s",
                        usage.clientCpuSeconds(),
                        usage.servers().isEmpty() ? ", the servers included," : "",
                        usage.otherCpuSeconds()));
    }

    private static String known(double value, double scale, String format) {
        return value < 0 ? "-" : String.format(Locale.ROOT, format, value * scale);
    }

    private static String seconds(long ms) {
        return ms % 1000 == 0 ? ms / 1000 + " s" : ms + " ms";
    }

    private static void line(StringBuilder out, String text) {
        out.append("  ").append(text).append('\n');
    }
}
