package dev.fencekv.bench.plot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Something that can be drawn. */
public interface Picture {
    int width();

    int height();

    void drawOn(Canvas canvas);

    /** The same drawing as SVG text. */
    default String svg() {
        SvgCanvas canvas = new SvgCanvas(width(), height());
        drawOn(canvas);
        return canvas.finish();
    }

    /** Writes {@code name.svg} and {@code name.png}. */
    default void write(Path dir, String name) throws IOException {
        Files.writeString(dir.resolve(name + ".svg"), svg());
        ImageCanvas canvas = new ImageCanvas(width(), height());
        drawOn(canvas);
        canvas.finish(dir.resolve(name + ".png"));
    }
}
