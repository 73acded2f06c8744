package dev.fencekv.bench;

import dev.fencekv.bench.cluster.ProcessFiles;
import dev.fencekv.bench.load.LoadObserver;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** One line that tells a person how far it is; silent where nobody watches. Owned by one thread. */
final class Progress implements LoadObserver {
    private static final String CLEAR_LINE = "\r\033[K";

    private final boolean watched = ProcessFiles.errorIsTerminal();

    void say(String what) {
        if (watched) {
            System.err.print(CLEAR_LINE + what);
            System.err.flush();
        }
    }

    void done() {
        say("");
    }

    @Override
    public void progress(int second, Histogram last) {
        say(
                String.format(
                        Locale.ROOT,
                        "%4d s  %7d/s  p50 %8.3f ms  p99 %8.3f ms",
                        second,
                        last.getTotalCount(),
                        last.getValueAtPercentile(50) / 1e6,
                        last.getValueAtPercentile(99) / 1e6));
    }
}
