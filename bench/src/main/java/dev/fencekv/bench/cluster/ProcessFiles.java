package dev.fencekv.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What Linux says of a process in /proc. Stateless; {@link #UNKNOWN} where it says nothing. */
public final class ProcessFiles {
    public static final long UNKNOWN = -1;

    /** USER_HZ: 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int UTIME = 14;
    private static final int STIME = 15;
    private static final int NAME = 2;

    private ProcessFiles() {}

    /** User and system time of all its threads since it began, in seconds. */
    public static double cpuSeconds(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The name, in parentheses, may itself contain spaces and parentheses.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks =
                    Long.parseLong(fields[UTIME - NAME - 1])
                            + Long.parseLong(fields[STIME - NAME - 1]);
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** Memory resident now. */
    public static long residentBytes(long pid) {
        return statusBytes(pid, "VmRSS:");
    }

    /** The most memory that was resident since it began. */
    public static long peakResidentBytes(long pid) {
        return statusBytes(pid, "VmHWM:");
    }

    private static long statusBytes(long pid, String name) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith(name)) {
                    String kib = line.substring(name.length()).replace("kB", "").strip();
                    return Long.parseLong(kib) * 1024;
                }
            }
        } catch (IOException e) {
            // It is gone.
        }
        return UNKNOWN;
    }

    /** Time in which the machine's cores were busy, all of them together, in seconds. */
    public static double machineBusySeconds() {
        try {
            String line = Files.readAllLines(Path.of("/proc/stat")).get(0);
            String[] fields = line.strip().split("\\s+");
            long ticks = 0;
            // user nice system [idle iowait] irq softirq steal
            for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
                ticks += Long.parseLong(fields[i]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** The first value of a "name : value" file, or "unknown". */
    static String value(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file)) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).strip().equals(name)) {
                    return line.substring(colon + 1).strip();
                }
            }
        } catch (IOException e) {
            // Not Linux.
        }
        return "unknown";
    }

    /** The load average of the last minute. */
    static double loadAverage() {
        try {
            String text = Files.readString(Path.of("/proc/loadavg"));
            return Double.parseDouble(text.substring(0, text.indexOf(' ')));
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** Whether what we write to standard error is read by a person. */
    public static boolean errorIsTerminal() {
        try {
            String to = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return to.toLowerCase(Locale.ROOT).startsWith("/dev/pts/") || to.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
