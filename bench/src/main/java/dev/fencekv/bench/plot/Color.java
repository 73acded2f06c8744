package dev.fencekv.bench.plot;

import java.util.List;
import java.util.Locale;

/** An opaque colour, or one that lets some of the ground through. */
public record Color(int red, int green, int blue, double opacity) {
    static final Color PAPER = gray(255);
    static final Color INK = gray(34);
    static final Color SOFT_INK = gray(100);
    static final Color GRID = gray(222);
    static final Color FINE_GRID = gray(241);

    /** Okabe and Ito's, told apart by colour-blind eyes too; the darker ones first. */
    private static final List<Color> SERIES =
            List.of(
                    new Color(0, 114, 178, 1),
                    new Color(213, 94, 0, 1),
                    new Color(0, 158, 115, 1),
                    new Color(204, 121, 167, 1),
                    new Color(230, 159, 0, 1),
                    new Color(86, 180, 233, 1),
                    new Color(90, 90, 90, 1));

    static Color ofSeries(int number) {
        return SERIES.get(number % SERIES.size());
    }

    private static Color gray(int level) {
        return new Color(level, level, level, 1);
    }

    Color faint(double opacity) {
        return new Color(red, green, blue, opacity);
    }

    String hex() {
        return String.format(Locale.ROOT, "#%02x%02x%02x", red, green, blue);
    }
}
