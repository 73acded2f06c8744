package dev.fencekv.bench.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where values lie along an edge of a plot, and which of them are marked. Immutable. */
public abstract class Axis {
    /**
     * A marked value.
     *
     * @param label empty for a fine line without text
     */
    record Tick(double value, String label) {}

    private final String label;

    Axis(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** 0 at the axis's begin, 1 at its end; what lies outside is put on the nearer one. */
    final double position(double value) {
        return Math.min(1, Math.max(0, place(value)));
    }

    abstract double place(double value);

    abstract List<Tick> ticks();

    /** Even steps from 0 or {@code from} to {@code to}. */
    public static Axis linear(String label, double from, double to) {
        return new Linear(label, from, to > from ? to : from + 1);
    }

    /** Powers of ten; widened so that both ends are marked values. */
    public static Axis logarithmic(String label, double from, double to) {
        return new Logarithmic(label, from, to);
    }

    /** Percentiles by their nines: 90, 99 and 99.9 % are equally far apart. */
    public static Axis percentiles(String label, double mostNines) {
        return new Percentiles(label, Math.max(2, mostNines));
    }

    static String number(double value) {
        if (value >= 1_000_000 && value % 1_000_000 == 0) {
            return String.format(Locale.ROOT, "%.0f M", value / 1_000_000);
        }
        if (value >= 10_000 && value % 1_000 == 0) {
            return String.format(Locale.ROOT, "%.0f k", value / 1_000);
        }
        String text = String.format(Locale.ROOT, "%.6f", value);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }

    private static final class Linear extends Axis {
        private static final int STEPS_WANTED = 8;

        private final double from;
        private final double to;

        Linear(String label, double from, double to) {
            super(label);
            this.from = from;
            this.to = to;
        }

        @Override
        double place(double value) {
            return (value - from) / (to - from);
        }

        @Override
        List<Tick> ticks() {
            double rough = (to - from) / STEPS_WANTED;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = power * 10;
            for (double each : new double[] {5, 2, 1}) {
                if (each * power >= rough) {
                    step = each * power;
                }
            }
            List<Tick> ticks = new ArrayList<>();
            for (long i = (long) Math.ceil(from / step); i * step <= to * 1.000001; i++) {
                ticks.add(new Tick(i * step, number(i * step)));
            }
            return ticks;
        }
    }

    private static final class Logarithmic extends Axis {
        private final double from;
        private final double to;

        Logarithmic(String label, double from, double to) {
            super(label);
            double low = Math.max(from, 1e-6);
            this.from = marked(low, false);
            double high = marked(Math.max(to, low), true);
            this.to = high > this.from ? high : this.from * 10;
        }

        /** The nearest 1, 2 or 5 times a power of ten, below or above. */
        private static double marked(double value, boolean above) {
            double power = Math.pow(10, Math.floor(Math.log10(value)));
            double best = above ? power * 10 : power;
            for (double each : above ? new double[] {5, 2, 1} : new double[] {1, 2, 5}) {
                double candidate = each * power;
                if (above ? candidate >= value * 0.9999 : candidate <= value * 1.0001) {
                    best = candidate;
                }
            }
            return best;
        }

        @Override
        double place(double value) {
            return Math.log(Math.max(value, 1e-9) / from) / Math.log(to / from);
        }

        @Override
        List<Tick> ticks() {
            boolean wide = to / from > 5_000;
            List<Tick> ticks = new ArrayList<>();
            for (int power = (int) Math.floor(Math.log10(from)); ; power++) {
                for (int each = 1; each <= 9; each++) {
                    double value = each * Math.pow(10, power);
                    if (value > to * 1.0001) {
                        return ticks;
                    }
                    if (value >= from * 0.9999) {
                        boolean named = each == 1 || !wide && (each == 2 || each == 5);
                        ticks.add(new Tick(value, named ? number(value) : ""));
                    }
                }
            }
        }
    }

    private static final class Percentiles extends Axis {
        private final double mostNines;

        Percentiles(String label, double mostNines) {
            super(label);
            this.mostNines = mostNines;
        }

        @Override
        double place(double percentile) {
            return percentile >= 100 ? 1 : -Math.log10(1 - percentile / 100) / mostNines;
        }

        @Override
        List<Tick> ticks() {
            List<Tick> ticks = new ArrayList<>();
            ticks.add(new Tick(0, "0 %"));
            ticks.add(new Tick(50, "50 %"));
            for (int nines = 1; nines <= mostNines + 1e-9; nines++) {
                double percentile = 100 - 100 * Math.pow(10, -nines);
                ticks.add(
                        new Tick(
                                percentile,
                                String.format(
                                        Locale.ROOT,
                                        "%." + Math.max(0, nines - 2) + "f %%",
                                        percentile)));
            }
            return ticks;
        }
    }
}
