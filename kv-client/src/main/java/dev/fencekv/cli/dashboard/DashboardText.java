package dev.fencekv.cli.dashboard;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Draws a picture as lines: nodes, then locks, then rejections, as far as they fit. Stateless. */
final class DashboardText {
    private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
    private static final AttributedStyle STRONG = AttributedStyle.BOLD;
    private static final AttributedStyle GOOD = PLAIN.foreground(AttributedStyle.GREEN);
    private static final AttributedStyle WARNING = PLAIN.foreground(AttributedStyle.YELLOW);
    private static final AttributedStyle BAD = PLAIN.foreground(AttributedStyle.RED);

    /** From where a node is more likely gone than not. */
    private static final double PHI_WARNING = 3;

    private static final double PHI_BAD = 8;
    private static final double MICROS_PER_MS = 1000;

    private static final String NODE_LINE = "%-21s %-9s %12s %12s %6s %10s %9s";
    private static final String LOCK_LINE = "%-24s %8s  %-24s %7s";
    private static final String REJECTION_LINE = "%10s  %-14s %-20s %6s %6s  %-20s %7s";

    private DashboardText() {}

    /**
     * @param changes of the state per second; empty if not known yet
     * @param columns each line has at most so many
     * @param rows there are at most so many lines
     */
    static List<AttributedString> lines(
            ClusterPicture picture, OptionalDouble changes, int columns, int rows) {
        List<AttributedString> lines = new ArrayList<>();
        summary(lines, picture, changes);
        lines.add(AttributedString.EMPTY);
        nodes(lines, picture);
        lines.add(AttributedString.EMPTY);
        int left = Math.max(0, rows - lines.size());
        // Two headings and a line between them.
        int rejectionsMax = Math.max(1, (left - 3) / 2);
        List<Rejection> rejections = newestFirst(picture.rejections());
        int rejectionsShown = Math.min(rejections.size(), rejectionsMax);
        locks(lines, picture, Math.max(1, left - 3 - Math.max(1, rejectionsShown)));
        lines.add(AttributedString.EMPTY);
        rejections(lines, picture, rejections.subList(0, rejectionsShown));
        return lines.stream().limit(rows).map(line -> line.columnSubSequence(0, columns)).toList();
    }

    private static AttributedString line(AttributedStyle style, String text) {
        return new AttributedString(text.stripTrailing(), style);
    }

    private static void summary(
            List<AttributedString> lines, ClusterPicture picture, OptionalDouble changes) {
        Optional<NodeStatus> furthest = picture.furthest();
        if (furthest.isEmpty()) {
            lines.add(line(BAD, "FenceKV  no node answers"));
            return;
        }
        NodeStatus status = furthest.get();
        AttributedStringBuilder text = new AttributedStringBuilder().append("FenceKV  ", STRONG);
        if (picture.leader().isPresent()) {
            text.append("leader " + status.address() + ", term " + status.term(), GOOD);
        } else {
            text.append("no leader", BAD);
        }
        text.append(
                String.format(
                        Locale.ROOT,
                        "   writes/s %s   keys %d   sessions %d   locks %d",
                        changes.isPresent()
                                ? String.format(Locale.ROOT, "%.1f", changes.getAsDouble())
                                : "-",
                        status.keys(),
                        status.sessions(),
                        status.locks()));
        lines.add(text.toAttributedString());
    }

    // --- nodes ---------------------------------------------------------------------------------

    private static void nodes(List<AttributedString> lines, ClusterPicture picture) {
        lines.add(
                line(
                        STRONG,
                        NODE_LINE.formatted(
                                "NODE",
                                "ROLE",
                                "APPLIED",
                                "REVISION",
                                "PHI",
                                "CLOCK MS",
                                "DISK P99")));
        for (NodePicture node : picture.nodes()) {
            lines.add(node(node, picture.seen(node.address())));
        }
    }

    private static AttributedString node(NodePicture node, Optional<PeerHealth> seen) {
        Optional<NodeStatus> status = node.status();
        Optional<NodeHealth> health = node.health();
        String text =
                NODE_LINE.formatted(
                        node.address(),
                        status.map(it -> small(it.role())).orElse("silent"),
                        status.map(it -> Long.toString(it.appliedIndex())).orElse("-"),
                        status.map(it -> Long.toString(it.revision())).orElse("-"),
                        seen.map(it -> oneDigit(it.phi())).orElse("-"),
                        seen.flatMap(DashboardText::offset).orElse("-"),
                        health.map(it -> oneDigit(it.syncP99Micros() / MICROS_PER_MS) + " ms")
                                .orElse("-"));
        return line(style(node, seen), text);
    }

    private static AttributedStyle style(NodePicture node, Optional<PeerHealth> seen) {
        double phi = seen.map(PeerHealth::phi).orElse(0.0);
        boolean clockOutside =
                seen.map(it -> it.clock() == ClockVerdict.OUTSIDE).orElse(false)
                        || node.health()
                                .map(it -> it.clock() == ClockVerdict.OUTSIDE)
                                .orElse(false);
        if (node.status().isEmpty() || phi >= PHI_BAD) {
            return BAD;
        }
        if (clockOutside || phi >= PHI_WARNING) {
            return WARNING;
        }
        return node.status().get().role() == NodeRole.LEADER ? GOOD : PLAIN;
    }

    private static Optional<String> offset(PeerHealth peer) {
        return peer.clockErrorMicros() == PeerHealth.NOT_KNOWN
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT, "%+.2f", peer.clockOffsetMicros() / MICROS_PER_MS));
    }

    private static String oneDigit(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }

    private static String small(NodeRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    // --- locks ---------------------------------------------------------------------------------

    private static void locks(List<AttributedString> lines, ClusterPicture picture, int rows) {
        lines.add(line(STRONG, LOCK_LINE.formatted("LOCK", "TOKEN", "HOLDER", "WAITING")));
        if (picture.locks().isEmpty()) {
            lines.add(line(PLAIN, picture.leader().isEmpty() ? "not known" : "too many to list"));
            return;
        }
        List<LockInfo> busiest =
                picture.locks().get().stream()
                        .filter(lock -> lock.grant().isPresent() || lock.waiters() > 0)
                        .sorted(
                                Comparator.comparingInt(LockInfo::waiters)
                                        .reversed()
                                        .thenComparing(lock -> lock.name().value()))
                        .toList();
        if (busiest.isEmpty()) {
            lines.add(line(PLAIN, "none is held"));
        }
        int shown = busiest.size() > rows ? rows - 1 : busiest.size();
        busiest.subList(0, shown).forEach(lock -> lines.add(lock(lock)));
        if (shown < busiest.size()) {
            lines.add(line(PLAIN, "... and " + (busiest.size() - shown) + " more"));
        }
    }

    private static AttributedString lock(LockInfo lock) {
        return line(
                lock.waiters() > 0 ? WARNING : PLAIN,
                LOCK_LINE.formatted(
                        lock.name(),
                        lock.grant().map(grant -> grant.token().toString()).orElse("-"),
                        lock.grant().map(GrantInfo::label).map(it -> it.value()).orElse("-"),
                        lock.waiters()));
    }

    // --- rejections ----------------------------------------------------------------------------

    private static List<Rejection> newestFirst(Optional<List<Rejection>> known) {
        List<Rejection> all = new ArrayList<>(known.orElse(List.of()));
        all.sort(Comparator.comparingLong(Rejection::revision).reversed());
        return all;
    }

    private static void rejections(
            List<AttributedString> lines, ClusterPicture picture, List<Rejection> shown) {
        lines.add(
                line(
                        STRONG,
                        REJECTION_LINE.formatted(
                                "REJECTED", "REASON", "KEY", "SHOWN", "LIVE", "BY", "REPEATS")));
        if (picture.rejections().isEmpty()) {
            lines.add(line(PLAIN, "not known"));
        } else if (shown.isEmpty()) {
            lines.add(line(PLAIN, "none lately"));
        }
        for (Rejection each : shown) {
            lines.add(
                    line(
                            each.enforced() ? BAD : WARNING,
                            REJECTION_LINE.formatted(
                                    each.revision(),
                                    each.violation().reason(),
                                    each.key().map(Object::toString).orElse("-"),
                                    token(each.violation().shown().toString()),
                                    token(each.violation().live().toString()),
                                    each.label().value(),
                                    each.repeats())));
        }
    }

    private static String token(String text) {
        return text.equals("0") || text.equals("none") ? "-" : text;
    }
}
