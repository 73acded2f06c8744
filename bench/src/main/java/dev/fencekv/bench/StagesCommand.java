package dev.fencekv.bench;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.stages.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows where the time of one put goes. */
@Command(
        name = "stages",
        sortOptions = false,
        description = {
            "Shows where the time of one put goes.",
            "From what nodes have written of their stages: a table, and a bar for each.",
            ""
        },
        footer = {"", "scripts/bench stages leader.json follower.json --out plots"})
final class StagesCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "FILE", description = "JSON, one node each.")
    private List<Path> files = List.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the picture goes (default: a new directory).")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException {
        List<Stages> all = new ArrayList<>();
        for (Path file : files) {
            all.add(Stages.ofJson(Json.read(Files.readString(file))));
        }
        all.forEach(each -> System.out.println(each.text()));
        Path dir = Files.createDirectories(Workspace.results(out, "stages"));
        Stages.chart(all).write(dir, "stages");
        System.out.println("drawn in " + dir);
        return 0;
    }
}
