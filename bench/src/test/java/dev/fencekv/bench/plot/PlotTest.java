package dev.fencekv.bench.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class PlotTest {
    private static final double EPSILON = 1e-9;

    @Test
    void ninesAreEquallyFarApart() {
        Axis axis = Axis.percentiles("p", 4);
        assertThat(axis.position(0)).isZero();
        assertThat(axis.position(90)).isCloseTo(0.25, within(EPSILON));
        assertThat(axis.position(99)).isCloseTo(0.5, within(EPSILON));
        assertThat(axis.position(99.9)).isCloseTo(0.75, within(EPSILON));
        assertThat(axis.position(100)).isEqualTo(1);
        assertThat(labels(axis))
                .containsExactly("0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %");
    }

    @Test
    void logarithmicAxesBeginAndEndWithMarks() {
        Axis axis = Axis.logarithmic("ms", 0.31, 43);
        assertThat(axis.position(0.2)).isCloseTo(0, within(EPSILON));
        assertThat(axis.position(50)).isCloseTo(1, within(EPSILON));
        assertThat(labels(axis)).containsExactly("0.2", "0.5", "1", "2", "5", "10", "20", "50");
    }

    @Test
    void logarithmicAxesOfManyDecadesNameThePowers() {
        assertThat(labels(Axis.logarithmic("keys", 10_000, 100_000_000)))
                .containsExactly("10 k", "100 k", "1 M", "10 M", "100 M");
    }

    @Test
    void linearAxesHaveRoundSteps() {
        assertThat(labels(Axis.linear("s", 0, 10))).startsWith("0", "2", "4").endsWith("10");
        assertThat(labels(Axis.linear("s", 0, 60))).startsWith("0", "10", "20").endsWith("60");
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::label).filter(each -> !each.isEmpty()).toList();
    }

    private static Plot plot() {
        return new Plot(
                "Latency <of> A & B",
                "a long line of conditions ".repeat(8).strip(),
                Axis.percentiles("percentile", 3),
                Axis.logarithmic("latency, ms", 0.1, 10),
                List.of(
                        new Plot.Series(
                                "one",
                                0,
                                Plot.Style.LINE,
                                List.of(new double[] {0, 0.1}, new double[] {99, 5})),
                        new Plot.Series("two", 1, Plot.Style.DOTS, List.of(new double[] {50, 1}))));
    }

    @Test
    void svgIsXmlAndSaysWhatItShows() throws Exception {
        Document svg = parse(plot().svg());
        String text = svg.getDocumentElement().getTextContent();
        assertThat(text).contains("Latency <of> A & B", "latency, ms", "99.9 %", "one", "two");
        assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(1);
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(1);
    }

    @Test
    void longConditionsAreBrokenIntoLines() {
        Canvas.Font font = Canvas.TEXT;
        List<String> lines = font.wrap("some words that do not fit on one line", 120);
        assertThat(lines).hasSizeGreaterThan(2).allMatch(line -> font.width(line) <= 120);
        assertThat(String.join(" ", lines)).isEqualTo("some words that do not fit on one line");
    }

    @Test
    void barsShowTheirPartsAndTheirSums() throws Exception {
        BarChart chart =
                new BarChart(
                        "Where the time goes",
                        "",
                        "µs",
                        List.of("decode", "fsync"),
                        List.of(new BarChart.Row("put", List.of(12.0, 130.0))));
        String text = parse(chart.svg()).getDocumentElement().getTextContent();
        assertThat(text).contains("put", "142 µs", "decode", "fsync");
    }

    @Test
    void pixelsShowTheSameDrawing(@TempDir Path dir) throws IOException {
        plot().write(dir, "plot");
        BufferedImage image = ImageIO.read(dir.resolve("plot.png").toFile());
        assertThat(image.getWidth()).isEqualTo(2 * plot().width());
        int blue = 0;
        for (int x = 0; x < image.getWidth(); x += 2) {
            for (int y = 0; y < image.getHeight(); y += 2) {
                blue += (image.getRGB(x, y) & 0xffffff) == 0x0072b2 ? 1 : 0;
            }
        }
        assertThat(blue).as("pixels of the first line").isGreaterThan(100);
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }
}
