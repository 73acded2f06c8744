package dev.fencekv.bench.plot;

import java.util.List;

/**
 * A horizontal bar for each row, made of segments: what a whole consists of, or just how large it
 * is.
 *
 * @param unit of all values
 * @param segments names of the parts, in order; a single one needs no legend
 */
public record BarChart(
        String title, String subtitle, String unit, List<String> segments, List<Row> rows)
        implements Picture {
    /** One bar; {@code values} has one value for each segment. */
    public record Row(String label, List<Double> values) {
        double sum() {
            return values.stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    private static final int WIDTH = 960;
    private static final double TOP = 98;
    private static final double ROW_HEIGHT = 34;
    private static final double BAR_HEIGHT = 22;
    private static final double LEGEND_LINE = 22;
    private static final double RIGHT_MARGIN = 110;

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int height() {
        return (int) (TOP + ROW_HEIGHT * rows.size() + legendHeight() + 24);
    }

    private double legendHeight() {
        return segments.size() < 2 ? 0 : 14 + LEGEND_LINE * Math.ceil(segments.size() / 3.0);
    }

    @Override
    public void drawOn(Canvas canvas) {
        canvas.rectangle(new Canvas.Point(0, 0), WIDTH, height(), Color.PAPER);
        canvas.heading(title, subtitle, WIDTH);
        double left =
                36
                        + rows.stream()
                                .mapToDouble(row -> Canvas.TEXT.width(row.label()))
                                .max()
                                .orElse(0);
        double most = rows.stream().mapToDouble(Row::sum).max().orElse(1);
        double scale = (WIDTH - RIGHT_MARGIN - left) / Math.max(most, 1e-9);
        for (int i = 0; i < rows.size(); i++) {
            draw(canvas, rows.get(i), left, TOP + i * ROW_HEIGHT, scale);
        }
        if (segments.size() > 1) {
            drawLegend(canvas, TOP + rows.size() * ROW_HEIGHT + 22);
        }
    }

    private void draw(Canvas canvas, Row row, double left, double top, double scale) {
        canvas.text(
                new Canvas.Point(left - 10, top + 16),
                row.label(),
                Canvas.TEXT,
                Color.INK,
                Canvas.Anchor.END);
        double at = left;
        for (int i = 0; i < row.values().size(); i++) {
            double length = row.values().get(i) * scale;
            canvas.rectangle(
                    new Canvas.Point(at, top),
                    Math.max(0, length - (segments.size() > 1 ? 1 : 0)),
                    BAR_HEIGHT,
                    Color.ofSeries(i));
            at += length;
        }
        canvas.text(
                new Canvas.Point(at + 8, top + 16),
                Axis.number(rounded(row.sum())) + " " + unit,
                Canvas.TEXT,
                Color.INK,
                Canvas.Anchor.START);
    }

    /** To three digits. */
    private static double rounded(double value) {
        if (value <= 0) {
            return 0;
        }
        double unit = Math.pow(10, Math.floor(Math.log10(value)) - 2);
        return Math.round(value / unit) * unit;
    }

    private void drawLegend(Canvas canvas, double top) {
        double column = (WIDTH - 48) / 3.0;
        for (int i = 0; i < segments.size(); i++) {
            double left = 24 + i % 3 * column;
            double baseline = top + Math.floorDiv(i, 3) * LEGEND_LINE;
            canvas.rectangle(new Canvas.Point(left, baseline - 11), 14, 14, Color.ofSeries(i));
            canvas.text(
                    new Canvas.Point(left + 22, baseline),
                    segments.get(i),
                    Canvas.TEXT,
                    Color.INK,
                    Canvas.Anchor.START);
        }
    }
}
