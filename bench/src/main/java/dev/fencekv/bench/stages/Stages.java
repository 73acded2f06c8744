package dev.fencekv.bench.stages;

import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.plot.BarChart;
import java.util.List;
import java.util.Locale;

/**
 * The stages of one operation on one node, in the order in which they are passed. As JSON:
 *
 * <pre>
 * {"node": "127.0.0.1:7400", "operation": "put",
 *  "whole":  {"count": 12000, "p50Us": 512.0, "p90Us": 640.0, "p99Us": 1210.0},
 *  "stages": [{"name": "decode", "count": 12000, "p50Us": 4.1, "p90Us": 6.0, "p99Us": 21.0}, ...]}
 * </pre>
 *
 * @param whole from the first stamp to the last; not the sum of the stages' medians, but near it
 */
public record Stages(String node, String operation, Stage whole, List<Stage> stages) {
    /** Microseconds between two stamps. */
    public record Stage(String name, long count, double p50, double p90, double p99) {
        static Stage ofJson(String name, JsonObject json) {
            return new Stage(
                    name,
                    json.whole("count"),
                    json.number("p50Us"),
                    json.number("p90Us"),
                    json.number("p99Us"));
        }
    }

    public Stages {
        stages = List.copyOf(stages);
    }

    public static Stages ofJson(JsonObject json) {
        return new Stages(
                json.text("node"),
                json.text("operation"),
                Stage.ofJson("whole", json.object("whole")),
                json.objects("stages").stream()
                        .map(each -> Stage.ofJson(each.text("name"), each))
                        .toList());
    }

    public Stages named(String node) {
        return new Stages(node, operation, whole, stages);
    }

    /** For a terminal. */
    public String text() {
        StringBuilder out = new StringBuilder();
        out.append(
                String.format(
                        Locale.ROOT,
                        "%s on %s, microseconds%n%-28s %10s %10s %10s %10s %8s%n",
                        operation,
                        node,
                        "stage",
                        "count",
                        "p50",
                        "p90",
                        "p99",
                        "of p50"));
        double sum = stages.stream().mapToDouble(Stage::p50).sum();
        for (Stage stage : stages) {
            append(out, stage, stage.p50 / sum);
        }
        append(out, whole, 1);
        return out.toString();
    }

    private static void append(StringBuilder out, Stage stage, double share) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "%-28s %10d %10.1f %10.1f %10.1f %7.0f%%%n",
                        stage.name,
                        stage.count,
                        stage.p50,
                        stage.p90,
                        stage.p99,
                        100 * share));
    }

    /** One bar for each node or run; all must have the same stages. */
    public static BarChart chart(List<Stages> all) {
        List<String> names = all.get(0).stages.stream().map(Stage::name).toList();
        for (Stages each : all) {
            if (!each.stages.stream().map(Stage::name).toList().equals(names)) {
                throw new IllegalArgumentException(
                        each.node + " has other stages than " + all.get(0).node);
            }
        }
        return new BarChart(
                "Where the time of one " + all.get(0).operation + " goes",
                "medians of the stages, one after the other",
                "µs",
                names,
                all.stream()
                        .map(
                                each ->
                                        new BarChart.Row(
                                                each.node,
                                                each.stages.stream().map(Stage::p50).toList()))
                        .toList());
    }
}
