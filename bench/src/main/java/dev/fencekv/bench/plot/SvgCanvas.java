package dev.fencekv.bench.plot;

import java.util.List;
import java.util.Locale;

/** Draws as SVG text. Owned by one thread. */
final class SvgCanvas implements Canvas {
    private static final String FONTS = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

    private final StringBuilder out = new StringBuilder();

    SvgCanvas(int width, int height) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                        + " height=\"%d\" font-family=\"%s\">%n",
                width, height, width, height, FONTS);
    }

    private void add(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void line(Point from, Point to, Color color, double width) {
        add(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>%n",
                from.x(), from.y(), to.x(), to.y(), stroke(color, width));
    }

    @Override
    public void polyline(List<Point> points, Color color, double width) {
        add("<polyline fill=\"none\" stroke-linejoin=\"round\" %s points=\"", stroke(color, width));
        for (Point point : points) {
            add("%.1f,%.1f ", point.x(), point.y());
        }
        add("\"/>%n");
    }

    private static String stroke(Color color, double width) {
        return String.format(
                Locale.ROOT,
                "stroke=\"%s\" stroke-width=\"%.1f\"%s",
                color.hex(),
                width,
                opacity("stroke-opacity", color));
    }

    private static String opacity(String attribute, Color color) {
        return color.opacity() == 1
                ? ""
                : String.format(Locale.ROOT, " %s=\"%.2f\"", attribute, color.opacity());
    }

    private static String fill(Color color) {
        return "fill=\"" + color.hex() + "\"" + opacity("fill-opacity", color);
    }

    @Override
    public void circle(Point center, double radius, Color color) {
        add(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" %s/>%n",
                center.x(), center.y(), radius, fill(color));
    }

    @Override
    public void rectangle(Point corner, double width, double height, Color color) {
        add(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>%n",
                corner.x(), corner.y(), width, height, fill(color));
    }

    @Override
    public void text(Point at, String text, Font font, Color color, Anchor anchor) {
        add(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>%n",
                at.x(),
                at.y(),
                anchor.name().toLowerCase(Locale.ROOT),
                style(font, color),
                escaped(text));
    }

    @Override
    public void verticalText(Point at, String text, Font font, Color color) {
        add(
                "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\""
                        + " %s>%s</text>%n",
                at.x(), at.y(), style(font, color), escaped(text));
    }

    private static String style(Font font, Color color) {
        return String.format(
                Locale.ROOT,
                "font-size=\"%.1f\"%s %s",
                font.size(),
                font.bold() ? " font-weight=\"bold\"" : "",
                fill(color));
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    String finish() {
        return out + "</svg>\n";
    }
}
