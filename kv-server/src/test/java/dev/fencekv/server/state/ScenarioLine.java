package dev.fencekv.server.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A command line of a story: a verb, plain words, and {@code name=value} arguments; of a
 * transaction followed by its parts, each after a slash.
 */
final class ScenarioLine {
    private static final String PARTS_BEGIN = "\\s+/\\s+";

    final String text;
    final String verb;
    final List<String> words = new ArrayList<>();
    private final Map<String, String> arguments = new HashMap<>();
    private final Set<String> asked = new HashSet<>();

    ScenarioLine(String text) {
        this.text = text;
        String[] parts = text.trim().split(PARTS_BEGIN)[0].split("\\s+");
        verb = parts[0];
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 0) {
                words.add(parts[i]);
            } else {
                arguments.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
            }
        }
    }

    /** What follows the slashes. */
    List<String> parts() {
        List<String> all = List.of(text.trim().split(PARTS_BEGIN));
        return all.subList(1, all.size());
    }

    boolean has(String name) {
        asked.add(name);
        return arguments.containsKey(name);
    }

    String text(String name, String otherwise) {
        asked.add(name);
        return arguments.getOrDefault(name, otherwise);
    }

    String text(String name) {
        if (!has(name)) {
            throw new AssertionError(verb + " needs " + name + "=");
        }
        return arguments.get(name);
    }

    long number(String name, long otherwise) {
        return has(name) ? number(text(name)) : otherwise;
    }

    /** Decimal, or {@code 2^62}, or {@code 2^62-1}. */
    static long number(String text) {
        if (!text.startsWith("2^")) {
            return Long.parseLong(text);
        }
        String[] parts = text.substring(2).split("-");
        long minus = parts.length > 1 ? Long.parseLong(parts[1]) : 0;
        return (1L << Integer.parseInt(parts[0])) - minus;
    }

    /** A comma separated list; empty if it is not there. */
    List<String> list(String name) {
        return has(name) ? List.of(text(name).split(",")) : List.of();
    }

    /** A word like {@code force}. */
    boolean says(String word) {
        return words.contains(word);
    }

    /** A misspelt argument must not pass silently. */
    void allAsked() {
        for (String name : arguments.keySet()) {
            if (!asked.contains(name)) {
                throw new AssertionError(verb + " does not know " + name + "=");
            }
        }
    }
}
