package dev.fencekv.bench.torture;

import dev.fencekv.bench.history.History;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What all clients did, in the order of the clock that their processes share. */
record MergedHistory(List<JsonObject> events) {
    static MergedHistory of(List<Path> files) throws IOException {
        List<JsonObject> events = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                events.add(Json.read(line));
            }
        }
        events.sort(Comparator.comparingLong(event -> event.whole("at")));
        return new MergedHistory(events);
    }

    Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        events.forEach(event -> keys.add(event.text("key")));
        return keys;
    }

    /** The part that one model judges. */
    MergedHistory only(Predicate<String> key, String... names) {
        Set<String> wanted = Set.of(names);
        return new MergedHistory(
                events.stream()
                        .filter(
                                event ->
                                        key.test(event.text("key"))
                                                && (wanted.isEmpty()
                                                        || wanted.contains(event.text("f"))))
                        .toList());
    }

    MergedHistory and(List<JsonObject> more) {
        List<JsonObject> all = new ArrayList<>(events);
        all.addAll(more);
        return new MergedHistory(all);
    }

    long count(String name, String type) {
        return events.stream()
                .filter(event -> event.text("f").equals(name) && event.text("type").equals(type))
                .count();
    }

    List<String> lines() {
        return events.stream().map(Json::write).toList();
    }

    History history() {
        return History.parse(lines());
    }
}
