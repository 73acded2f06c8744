package dev.fencekv.cli.shell;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.NodeStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/**
 * Says before each line whom the shell talks to: the leader, or that there is none, or that nobody
 * answers. Waits for that a moment at most. Owned by the shell's thread.
 */
final class Prompt {
    /** The first answer needs a connection. */
    private static final int FIRST_TIMES = 4;

    private final KvClient client;
    private final List<String> endpoints;
    private final Duration patience;
    private boolean first = true;

    /** Questions that are under way or answered; no node is asked twice at a time. */
    private final Map<String, CompletableFuture<NodeStatus>> asked = new LinkedHashMap<>();

    /** {@code patience}: how long a prompt may wait for an answer. */
    Prompt(KvClient client, List<String> endpoints, Duration patience) {
        this.client = client;
        this.endpoints = endpoints;
        this.patience = patience;
    }

    /** With its colour; without, on a terminal that has none. */
    AttributedString next() {
        List<NodeStatus> answers = answers();
        for (NodeStatus answer : answers) {
            if (!answer.leader().isEmpty()) {
                return text(answer.leader(), AttributedStyle.GREEN);
            }
        }
        return answers.isEmpty()
                ? text("no answer", AttributedStyle.RED)
                : text("no leader", AttributedStyle.YELLOW);
    }

    private static AttributedString text(String state, int colour) {
        return AttributedString.join(
                AttributedString.EMPTY,
                new AttributedString("kvcli "),
                new AttributedString(state, AttributedStyle.DEFAULT.foreground(colour)),
                new AttributedString("> "));
    }

    private List<NodeStatus> answers() {
        for (String endpoint : endpoints) {
            CompletableFuture<NodeStatus> before = asked.get(endpoint);
            if (before == null || before.isDone()) {
                asked.put(endpoint, client.statusAsync(endpoint));
            }
        }
        long deadline =
                System.nanoTime() + patience.multipliedBy(first ? FIRST_TIMES : 1).toNanos();
        first = false;
        List<NodeStatus> answers = new ArrayList<>();
        for (CompletableFuture<NodeStatus> each : asked.values()) {
            try {
                long left = Math.max(0, deadline - System.nanoTime());
                answers.add(each.get(left, TimeUnit.NANOSECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                // Silent; perhaps another one is not.
            }
        }
        return answers;
    }
}
