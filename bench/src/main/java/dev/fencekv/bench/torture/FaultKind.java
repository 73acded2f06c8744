package dev.fencekv.bench.torture;

import java.util.Arrays;
import java.util.Locale;

/** What may be done to nodes and clients. */
public enum FaultKind {
    /** SIGKILL of a node, and its start again. */
    KILL,
    /** A node is stopped in good order, and started again. */
    RESTART,
    /** SIGSTOP of a node, or of a process with clients, and SIGCONT. */
    PAUSE,
    /** Links that swallow, lose or delay what is sent. */
    PARTITION,
    /** A wall clock that steps, drifts or stands still. */
    CLOCK,
    /** A disk whose syncs take long, or fail, which ends the node. */
    DISK,
    /** A node is removed and comes back with an empty disk; the lead is transferred. */
    MEMBERSHIP;

    public static FaultKind ofText(String text) {
        return Arrays.stream(values())
                .filter(each -> each.text().equals(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no fault is called "
                                                + text
                                                + "; there are "
                                                + Arrays.stream(values())
                                                        .map(FaultKind::text)
                                                        .toList()));
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
