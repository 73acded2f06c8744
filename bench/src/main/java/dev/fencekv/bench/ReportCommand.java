package dev.fencekv.bench;

import dev.fencekv.bench.report.RunPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one page of saved runs. */
@Command(
        name = "report",
        description = {
            "Makes one HTML page of saved runs.",
            "It is self-contained: no script, font or picture from elsewhere.",
            ""
        },
        footer = {"", "scripts/bench report RUN1 RUN2 --out report.html"})
final class ReportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Directories of saved runs.")
    private List<Path> runs = List.of();

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "The page.")
    private Path out = Path.of("report.html");

    @Option(
            names = "--title",
            paramLabel = "TEXT",
            defaultValue = "FenceKV measured",
            description = "Of the page (default: ${DEFAULT-VALUE}).")
    private String title = "";

    @Override
    public Integer call() throws IOException {
        Files.writeString(out, RunPage.of(title, PlotCommand.read(runs)).html());
        System.out.println("written to " + out);
        return 0;
    }
}
