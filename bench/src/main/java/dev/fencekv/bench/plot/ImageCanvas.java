package dev.fencekv.bench.plot;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Draws as pixels, two for one, for screens that show fine print. Owned by one thread. */
final class ImageCanvas implements Canvas {
    private static final int SCALE = 2;
    private static final String FONT = "DejaVu Sans";

    private final BufferedImage image;
    private final Graphics2D graphics;

    ImageCanvas(int width, int height) {
        System.setProperty("java.awt.headless", "true");
        image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.scale(SCALE, SCALE);
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    }

    private void use(Color color) {
        graphics.setColor(
                new java.awt.Color(
                        color.red(),
                        color.green(),
                        color.blue(),
                        (int) Math.round(255 * color.opacity())));
    }

    private void use(Color color, double width) {
        use(color);
        graphics.setStroke(
                new BasicStroke((float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND));
    }

    @Override
    public void line(Point from, Point to, Color color, double width) {
        use(color, width);
        graphics.draw(new Line2D.Double(from.x(), from.y(), to.x(), to.y()));
    }

    @Override
    public void polyline(List<Point> points, Color color, double width) {
        if (points.isEmpty()) {
            return;
        }
        use(color, width);
        Path2D path = new Path2D.Double();
        path.moveTo(points.get(0).x(), points.get(0).y());
        points.forEach(point -> path.lineTo(point.x(), point.y()));
        graphics.draw(path);
    }

    @Override
    public void circle(Point center, double radius, Color color) {
        use(color);
        graphics.fill(
                new Ellipse2D.Double(
                        center.x() - radius, center.y() - radius, 2 * radius, 2 * radius));
    }

    @Override
    public void rectangle(Point corner, double width, double height, Color color) {
        use(color);
        graphics.fill(new Rectangle2D.Double(corner.x(), corner.y(), width, height));
    }

    @Override
    public void text(Point at, String text, Font font, Color color, Anchor anchor) {
        use(color);
        use(font);
        double width = graphics.getFontMetrics().getStringBounds(text, graphics).getWidth();
        double left =
                switch (anchor) {
                    case START -> at.x();
                    case MIDDLE -> at.x() - width / 2;
                    case END -> at.x() - width;
                };
        graphics.drawString(text, (float) left, (float) at.y());
    }

    @Override
    public void verticalText(Point at, String text, Font font, Color color) {
        AffineTransform before = graphics.getTransform();
        graphics.translate(at.x(), at.y());
        graphics.rotate(-Math.PI / 2);
        text(new Point(0, 0), text, font, color, Anchor.MIDDLE);
        graphics.setTransform(before);
    }

    private void use(Font font) {
        int style = font.bold() ? java.awt.Font.BOLD : java.awt.Font.PLAIN;
        graphics.setFont(new java.awt.Font(FONT, style, 1).deriveFont(style, (float) font.size()));
    }

    void finish(Path file) throws IOException {
        graphics.dispose();
        ImageIO.write(image, "png", file.toFile());
    }
}
