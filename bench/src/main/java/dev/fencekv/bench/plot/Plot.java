package dev.fencekv.bench.plot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines and dots over two axes, with a title, what was measured how, and a legend.
 *
 * @param subtitle conditions, or how to read it
 */
public record Plot(String title, String subtitle, Axis x, Axis y, List<Series> series)
        implements Picture {
    /** How a series looks. */
    public enum Style {
        LINE,
        THIN_LINE,
        DOTS,
        /** A line with its points marked: for few points. */
        MARKED_LINE
    }

    /**
     * Some points of one colour.
     *
     * @param label stands in the legend, once for each label
     * @param color which one of the palette
     * @param points pairs of x and y
     */
    public record Series(String label, int color, Style style, List<double[]> points) {}

    private static final int WIDTH = 960;
    private static final int HEIGHT = 540;
    private static final double LEFT = 78;
    private static final double RIGHT = WIDTH - 30;
    private static final double BOTTOM = HEIGHT - 66;
    private static final double LEGEND_LINE = 22;
    private static final double LEGEND_MARK = 22;

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int height() {
        return HEIGHT;
    }

    @Override
    public void drawOn(Canvas canvas) {
        canvas.rectangle(new Canvas.Point(0, 0), WIDTH, HEIGHT, Color.PAPER);
        double top = drawLegend(canvas, canvas.heading(title, subtitle, WIDTH) + 27) + 22;
        drawGrid(canvas, top);
        // Lines lie above dots, and earlier series above later ones.
        for (int i = series.size() - 1; i >= 0; i--) {
            draw(canvas, top, series.get(i));
        }
    }

    /** Returns where it ends. */
    private double drawLegend(Canvas canvas, double firstBaseline) {
        Map<String, Integer> colors = new LinkedHashMap<>();
        series.forEach(each -> colors.putIfAbsent(each.label(), each.color()));
        double left = Canvas.MARGIN;
        double baseline = firstBaseline;
        for (Map.Entry<String, Integer> entry : colors.entrySet()) {
            double width = LEGEND_MARK + Canvas.TEXT.width(entry.getKey()) + 20;
            if (left + width > WIDTH && left > Canvas.MARGIN) {
                left = Canvas.MARGIN;
                baseline += LEGEND_LINE;
            }
            canvas.line(
                    new Canvas.Point(left, baseline - 4.5),
                    new Canvas.Point(left + LEGEND_MARK - 6, baseline - 4.5),
                    Color.ofSeries(entry.getValue()),
                    4);
            canvas.text(
                    new Canvas.Point(left + LEGEND_MARK, baseline),
                    entry.getKey(),
                    Canvas.TEXT,
                    Color.INK,
                    Canvas.Anchor.START);
            left += width;
        }
        return baseline;
    }

    private void drawGrid(Canvas canvas, double top) {
        for (Axis.Tick tick : y.ticks()) {
            double at = pixelY(top, tick.value());
            Color color = tick.label().isEmpty() ? Color.FINE_GRID : Color.GRID;
            canvas.line(new Canvas.Point(LEFT, at), new Canvas.Point(RIGHT, at), color, 1);
            canvas.text(
                    new Canvas.Point(LEFT - 9, at + 4.5),
                    tick.label(),
                    Canvas.TEXT,
                    Color.INK,
                    Canvas.Anchor.END);
        }
        for (Axis.Tick tick : x.ticks()) {
            double at = pixelX(tick.value());
            Color color = tick.label().isEmpty() ? Color.FINE_GRID : Color.GRID;
            canvas.line(new Canvas.Point(at, top), new Canvas.Point(at, BOTTOM), color, 1);
            canvas.text(
                    new Canvas.Point(at, BOTTOM + 20),
                    tick.label(),
                    Canvas.TEXT,
                    Color.INK,
                    Canvas.Anchor.MIDDLE);
        }
        canvas.line(
                new Canvas.Point(LEFT, BOTTOM), new Canvas.Point(RIGHT, BOTTOM), Color.SOFT_INK, 1);
        canvas.text(
                new Canvas.Point((LEFT + RIGHT) / 2, BOTTOM + 46),
                x.label(),
                Canvas.TEXT,
                Color.SOFT_INK,
                Canvas.Anchor.MIDDLE);
        canvas.verticalText(
                new Canvas.Point(22, (top + BOTTOM) / 2), y.label(), Canvas.TEXT, Color.SOFT_INK);
    }

    private void draw(Canvas canvas, double top, Series one) {
        Color color = Color.ofSeries(one.color());
        List<Canvas.Point> points = new ArrayList<>();
        for (double[] point : one.points()) {
            points.add(new Canvas.Point(pixelX(point[0]), pixelY(top, point[1])));
        }
        switch (one.style()) {
            case LINE -> canvas.polyline(points, color, 2.4);
            case THIN_LINE -> canvas.polyline(points, color.faint(0.65), 1.2);
            case DOTS -> points.forEach(point -> canvas.circle(point, 2.2, color.faint(0.55)));
            case MARKED_LINE -> {
                canvas.polyline(points, color, 2.4);
                points.forEach(point -> canvas.circle(point, 4, color));
            }
        }
    }

    private double pixelX(double value) {
        return LEFT + x.position(value) * (RIGHT - LEFT);
    }

    private double pixelY(double top, double value) {
        return BOTTOM - y.position(value) * (BOTTOM - top);
    }
}
