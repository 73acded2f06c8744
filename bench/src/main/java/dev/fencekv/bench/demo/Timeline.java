package dev.fencekv.bench.demo;

import java.util.Locale;

/** Prints who did what when, for people. Owned by one thread. */
final class Timeline {
    private final long startNanos = System.nanoTime();

    void heading(String text) {
        System.out.println();
        System.out.println(text);
    }

    void says(String who, String what) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        System.out.printf(Locale.ROOT, "  %6.2f s  %-20s %s%n", seconds, who, what);
    }

    void verdict(boolean asTold, String what) {
        System.out.printf(Locale.ROOT, "  %s  %s%n", asTold ? "yes" : "NO ", what);
    }
}
