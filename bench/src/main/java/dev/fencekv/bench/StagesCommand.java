package dev.fencekv.bench;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.load.LoadObserver;
import dev.fencekv.bench.load.LoadRun;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.stages.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows where the time of one put goes. */
@Command(
        name = "stages",
        sortOptions = false,
        description = {
            "Shows where the time of one put goes.",
            "On a cluster of its own, whose nodes note when a put passes each stage; one put at a",
            "time. A table for the leader, for its own log meanwhile, and for each follower; a bar",
            "for the leader and for the followers.",
            ""
        },
        footer = {"", "scripts/bench stages --warm-up 20 --duration 10"})
final class StagesCommand implements Callable<Integer> {
    private static final String FILE = "stages.json";
    private static final int NODES = 3;

    @Mixin private LoadOptions load = new LoadOptions();

    @Mixin private PlaceOptions place = new PlaceOptions();

    private final Progress progress = new Progress();

    @Override
    public Integer call() throws Exception {
        LoadSpec spec = load.spec();
        try (Workspace workspace = new Workspace(place.data)) {
            run(workspace, spec);
            List<Stages> leader = new ArrayList<>();
            List<Stages> followers = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int n = 1; n <= NODES; n++) {
                Path file = workspace.data().resolve("node" + n).resolve(FILE);
                List<JsonObject> paths = Json.read(Files.readString(file)).objects("paths");
                Stages onLeader = Stages.ofJson(paths.get(0));
                boolean led = onLeader.whole().count() > 0;
                if (led) {
                    leader.add(onLeader);
                    text.insert(
                            0, onLeader.text() + "\n" + Stages.ofJson(paths.get(1)).text() + "\n");
                } else {
                    Stages follower = Stages.ofJson(paths.get(2)).named("follower " + n);
                    followers.add(follower);
                    text.append(follower.text()).append('\n');
                }
            }
            save(text.toString(), leader, followers);
            return 0;
        }
    }

    /** The nodes write what they have noted when they stop. */
    private void run(Workspace workspace, LoadSpec spec) throws Exception {
        progress.say("starting the cluster");
        FenceKvCluster.Plan plan =
                new FenceKvCluster.Plan(
                        Installation.ofScripts().with("-Dfencekv.trace=" + FILE),
                        workspace.data(),
                        NODES,
                        place.basePort,
                        List.of());
        try (FenceKvCluster cluster = FenceKvCluster.start(plan);
                FenceKvTarget target = new FenceKvTarget()) {
            target.connect(cluster.endpoints(), spec.connections());
            progress.say("putting, one at a time");
            LoadRun.load(target, spec);
            LoadRun.run(target, spec, LoadObserver.NONE);
        }
        progress.done();
    }

    private void save(String text, List<Stages> leader, List<Stages> followers) throws IOException {
        System.out.print(text);
        Path dir = Files.createDirectories(Workspace.results(place.out, "stages"));
        Files.writeString(dir.resolve("stages.txt"), text);
        if (!leader.isEmpty()) {
            Stages.chart(leader).write(dir, "stages-leader");
        }
        if (!followers.isEmpty()) {
            Stages.chart(followers).write(dir, "stages-followers");
        }
        System.out.println("saved in " + dir);
    }
}
