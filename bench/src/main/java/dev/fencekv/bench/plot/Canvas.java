package dev.fencekv.bench.plot;

import java.util.ArrayList;
import java.util.List;

/** What pictures are drawn on. Coordinates are pixels, from the upper left corner. */
public interface Canvas {
    /** Where a text stands relative to its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** A point in pixels. */
    record Point(double x, double y) {}

    /** How a text looks; {@code size} is the height of the font in pixels. */
    record Font(double size, boolean bold) {
        /** About as wide as it comes out; both canvases lay out by it. */
        double width(String text) {
            return text.length() * size * (bold ? 0.65 : 0.585);
        }

        /** Broken between words into lines that are not wider than {@code width}. */
        List<String> wrap(String text, double width) {
            List<String> lines = new ArrayList<>();
            StringBuilder line = new StringBuilder();
            for (String word : text.split(" ")) {
                if (line.length() > 0 && width(line + " " + word) > width) {
                    lines.add(line.toString());
                    line.setLength(0);
                }
                line.append(line.length() > 0 ? " " : "").append(word);
            }
            lines.add(line.toString());
            return lines;
        }
    }

    Font TITLE = new Font(19, true);
    Font TEXT = new Font(13, false);
    double MARGIN = 24;
    double LINE = 20;

    void line(Point from, Point to, Color color, double width);

    void polyline(List<Point> points, Color color, double width);

    void circle(Point center, double radius, Color color);

    /** Filled. */
    void rectangle(Point corner, double width, double height, Color color);

    void text(Point at, String text, Font font, Color color, Anchor anchor);

    /** A title and what is to be known beside it, at the top; returns the last baseline. */
    default double heading(String title, String subtitle, double width) {
        text(new Point(MARGIN, 34), title, TITLE, Color.INK, Anchor.START);
        double baseline = 36;
        for (String line : TEXT.wrap(subtitle, width - 2 * MARGIN)) {
            baseline += LINE;
            text(new Point(MARGIN, baseline), line, TEXT, Color.SOFT_INK, Anchor.START);
        }
        return baseline;
    }

    /** Reads upwards. */
    void verticalText(Point at, String text, Font font, Color color);
}
