package dev.fencekv.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pauses of a JVM's garbage collector, read from the log that {@link #flag} makes it write.
 *
 * @param totalMs all of them together
 */
public record GcPauses(int count, double totalMs, double maxMs) {
    static final GcPauses NONE = new GcPauses(0, 0, 0);

    private static final Pattern PAUSE =
            Pattern.compile("\\[(\\d+)ms\\] .*\\bPause\\b.* ([0-9.]+)ms$");

    public static String flag(Path file) {
        return "-Xlog:gc,gc+phases:file=" + file + ":timemillis:filecount=0";
    }

    /** Those that ended within wall-clock times. */
    static GcPauses within(Path file, long fromMs, long toMs) {
        try {
            return within(Files.readAllLines(file), fromMs, toMs);
        } catch (IOException e) {
            return NONE;
        }
    }

    static GcPauses within(List<String> lines, long fromMs, long toMs) {
        int count = 0;
        double total = 0;
        double max = 0;
        for (String line : lines) {
            Matcher pause = PAUSE.matcher(line);
            if (!pause.matches()) {
                continue;
            }
            long atMs = Long.parseLong(pause.group(1));
            if (atMs >= fromMs && atMs < toMs) {
                double ms = Double.parseDouble(pause.group(2));
                count++;
                total += ms;
                max = Math.max(max, ms);
            }
        }
        return new GcPauses(count, total, max);
    }
}
