package dev.fencekv.bench.report;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.load.LoadResult;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

/**
 * A run in a directory: {@code report.json}; {@code OPERATION.hgrm}, the percentiles in
 * milliseconds; {@code OPERATION.hlog}, the histogram of each second in nanoseconds. The formats
 * are HdrHistogram's, so other tools read them.
 *
 * @param intervals histograms second by second, by operation
 */
public record SavedRun(RunReport report, Map<String, List<Histogram>> intervals) {
    private static final String REPORT = "report.json";
    private static final double NANOS_PER_MS = 1e6;

    public static SavedRun of(RunReport report, LoadResult result) {
        Map<String, List<Histogram>> intervals = new LinkedHashMap<>();
        result.latencies()
                .forEach(each -> intervals.put(each.operation().text(), each.intervals()));
        return new SavedRun(report, intervals);
    }

    /** All that was recorded of an operation. */
    public Histogram total(String operation) {
        List<Histogram> each = intervals.get(operation);
        Histogram sum = new Histogram(each.get(0));
        each.forEach(sum::add);
        return sum;
    }

    public void write(Path dir) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve(REPORT), Json.pretty(report.toJson()));
        for (String operation : intervals.keySet()) {
            try (PrintStream out = open(dir.resolve(operation + ".hgrm"))) {
                total(operation).outputPercentileDistribution(out, NANOS_PER_MS);
            }
            try (PrintStream out = open(dir.resolve(operation + ".hlog"))) {
                writeLog(out, intervals.get(operation));
            }
        }
    }

    private static PrintStream open(Path file) throws IOException {
        OutputStream out = Files.newOutputStream(file);
        return new PrintStream(out, false, StandardCharsets.UTF_8);
    }

    private void writeLog(PrintStream out, List<Histogram> each) {
        HistogramLogWriter writer = new HistogramLogWriter(out);
        writer.outputComment("[" + report.title() + "; nanoseconds]");
        long base = each.get(0).getStartTimeStamp();
        writer.outputBaseTime(base);
        writer.setBaseTime(base);
        writer.outputLegend();
        for (Histogram interval : each) {
            writer.outputIntervalHistogram(interval);
        }
    }

    /** Throws IOException, which names the directory, if it does not hold a run. */
    public static SavedRun read(Path dir) throws IOException {
        try {
            RunReport report = RunReport.ofJson(Json.read(Files.readString(dir.resolve(REPORT))));
            Map<String, List<Histogram>> intervals = new LinkedHashMap<>();
            for (String operation : report.operations().keySet()) {
                intervals.put(operation, readLog(dir.resolve(operation + ".hlog")));
            }
            return new SavedRun(report, intervals);
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException("no run is saved in " + dir + ": " + e.getMessage(), e);
        }
    }

    private static List<Histogram> readLog(Path file) throws IOException {
        List<Histogram> each = new ArrayList<>();
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            while (reader.hasNext()) {
                EncodableHistogram interval = reader.nextIntervalHistogram();
                if (interval instanceof Histogram histogram) {
                    each.add(histogram);
                }
            }
        }
        if (each.isEmpty()) {
            throw new IOException(file + " holds no intervals");
        }
        return each;
    }
}
