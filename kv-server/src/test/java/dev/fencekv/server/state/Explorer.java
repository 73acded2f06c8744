package dev.fencekv.server.state;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes every step in every state that a {@link SmallWorld} can reach in so many steps, breadth
 * first: the first counterexample is a shortest one. A state is restored by taking its steps again
 * from the beginning.
 */
final class Explorer {
    /** How a state was reached first. */
    private record Node(@Nullable Node before, @Nullable WorldStep step) {
        List<WorldStep> path() {
            List<WorldStep> path = new ArrayList<>();
            Node node = this;
            while (node.before != null && node.step != null) {
                path.add(0, node.step);
                node = node.before;
            }
            return path;
        }
    }

    /** Steps that lead to where an invariant does not hold. */
    record Counterexample(List<WorldStep> path, Throwable broken) {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(String.valueOf(broken.getMessage()));
            for (int i = 0; i < path.size(); i++) {
                text.append("\n  ").append(i + 1).append(". ").append(path.get(i));
            }
            return text.toString();
        }
    }

    /**
     * What was seen.
     *
     * @param states distinct ones
     * @param steps taken, each in a state of its own or not
     * @param depth steps of the longest path
     * @param complete whether there is nothing beyond {@code depth}
     * @param met how often what came of a step
     * @param counterexample the first; nothing was explored after it
     */
    record Result(
            WorldPlan plan,
            long states,
            long steps,
            int depth,
            boolean complete,
            Duration took,
            Map<String, Long> met,
            Optional<Counterexample> counterexample) {
        @Override
        public String toString() {
            return "%s: %,d states, %,d steps, depth %d%s, %,d ms%s"
                    .formatted(
                            plan,
                            states,
                            steps,
                            depth,
                            complete ? " (all there is)" : "",
                            took.toMillis(),
                            counterexample.map(found -> "\n" + found).orElse(""));
        }
    }

    private final WorldPlan plan;
    private final SmallWorld.Identity identity;
    private final Fingerprint print = new Fingerprint();
    private final Set<Long> seen = new HashSet<>();
    private final TreeMap<String, Long> met = new TreeMap<>();

    /** What can come of each abstract state; only kept by an exact exploration. */
    private final Map<Long, long[]> futures = new HashMap<>();

    private List<Node> found = new ArrayList<>();
    private final long beganNanos = System.nanoTime();
    private long taken;

    Explorer(WorldPlan plan, SmallWorld.Identity identity) {
        this.plan = plan;
        this.identity = identity;
    }

    /** All that {@code depth} steps can lead to, or a counterexample. */
    Result explore(int depth) {
        try (SmallWorld world = new SmallWorld(plan)) {
            seen.add(world.fingerprint(identity, print));
        }
        List<Node> frontier = List.of(new Node(null, null));
        for (int level = 0; level < depth; level++) {
            if (frontier.isEmpty()) {
                return result(level, true, null);
            }
            found = new ArrayList<>();
            for (Node node : frontier) {
                Counterexample broken = expand(node);
                if (broken != null) {
                    return result(level + 1, false, broken);
                }
            }
            frontier = found;
        }
        return result(depth, frontier.isEmpty(), null);
    }

    private Result result(int depth, boolean complete, @Nullable Counterexample broken) {
        return new Result(
                plan,
                seen.size(),
                taken,
                depth,
                complete,
                Duration.ofNanos(System.nanoTime() - beganNanos),
                met,
                Optional.ofNullable(broken));
    }

    /** Takes every step that can be taken in a state. */
    private @Nullable Counterexample expand(Node node) {
        List<WorldStep> path = node.path();
        List<WorldStep> idle = new ArrayList<>();
        SmallWorld world = restore(path);
        try {
            long here = world.fingerprint(identity, print);
            long likeness = world.fingerprint(SmallWorld.Identity.ABSTRACT, print);
            List<WorldStep> possible = world.steps();
            long[] future = new long[possible.size()];
            for (int i = 0; i < future.length; i++) {
                WorldStep step = possible.get(i);
                Throwable broken = take(step, world);
                if (broken != null) {
                    return shown(path, idle, step, broken);
                }
                long there = world.fingerprint(identity, print);
                if (seen.add(there)) {
                    found.add(new Node(node, step));
                }
                future[i] = future(step, world);
                if (there == here) {
                    idle.add(step);
                } else {
                    world.close();
                    world = restore(path);
                    idle.clear();
                }
            }
            return compareFutures(likeness, future, path);
        } finally {
            world.close();
        }
    }

    /** What a step leads to, for an exact exploration. */
    private long future(WorldStep step, SmallWorld world) {
        return identity == SmallWorld.Identity.EXACT
                ? world.fingerprint(SmallWorld.Identity.ABSTRACT, print) * 31 + step.hashCode()
                : 0;
    }

    private SmallWorld restore(List<WorldStep> path) {
        SmallWorld world = new SmallWorld(plan);
        for (WorldStep step : path) {
            step.take(world);
        }
        return world;
    }

    private @Nullable Throwable take(WorldStep step, SmallWorld world) {
        taken++;
        try {
            step.take(world);
        } catch (AssertionError | RuntimeException e) {
            return e;
        }
        if (!world.met().isEmpty()) {
            met.merge(world.met(), 1L, Long::sum);
        }
        return null;
    }

    /**
     * The path with its last step. The {@code idle} steps, which seemed to change nothing, were
     * taken before it in the same world: they are shown only if it takes them too.
     */
    private Counterexample shown(
            List<WorldStep> path, List<WorldStep> idle, WorldStep last, Throwable broken) {
        List<WorldStep> steps = new ArrayList<>(path);
        steps.add(last);
        try (SmallWorld world = restore(steps)) {
            steps.addAll(path.size(), idle);
            return new Counterexample(steps, broken);
        } catch (AssertionError | RuntimeException again) {
            return new Counterexample(steps, again);
        }
    }

    /** States that the abstraction takes for the same have the same steps with the same results. */
    private @Nullable Counterexample compareFutures(
            long likeness, long[] future, List<WorldStep> path) {
        if (identity != SmallWorld.Identity.EXACT) {
            return null;
        }
        long[] known = futures.putIfAbsent(likeness, future);
        return known == null || Arrays.equals(known, future)
                ? null
                : new Counterexample(
                        path,
                        new AssertionError("a state looks like another and has another future"));
    }
}
