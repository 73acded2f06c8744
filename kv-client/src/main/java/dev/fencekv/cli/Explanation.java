package dev.fencekv.cli;

import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionLabel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A recorded rejection in words: first what is on record of it, then what it means. Immutable. */
final class Explanation {
    private final Rejection rejection;
    private final FenceViolation violation;

    /** Those that judged it and are still as they were then. */
    private final List<Guard> guards;

    /** Who held the live token of then; empty if nobody did or it is not known. */
    private final Optional<SessionLabel> holder;

    private final Meaning meaning;

    /**
     * @param guards all guards of now; what was set after the rejection cannot have judged it
     * @param lock the lock of now, to name the holder where the evidence does not
     */
    Explanation(Rejection rejection, List<GuardInfo> guards, Optional<LockInfo> lock) {
        this.rejection = rejection;
        this.violation = rejection.violation();
        this.guards =
                guards.stream()
                        .filter(info -> info.revision() < rejection.revision())
                        .map(GuardInfo::guard)
                        .filter(this::judged)
                        .toList();
        this.holder = holder(lock);
        this.meaning = Meaning.of(rejection, holderText());
    }

    private boolean judged(Guard guard) {
        GuardMode mode = rejection.enforced() ? GuardMode.ENFORCE : GuardMode.OBSERVE;
        return guard.mode() == mode
                && guard.lock().equals(violation.lock())
                && rejection.key().filter(key -> key.startsWith(guard.prefix())).isPresent();
    }

    private Optional<SessionLabel> holder(Optional<LockInfo> lock) {
        if (violation.live().isNone()) {
            return Optional.empty();
        }
        if (!violation.successor().value().isEmpty()) {
            return Optional.of(violation.successor());
        }
        return lock.flatMap(LockInfo::grant)
                .filter(grant -> grant.token().equals(violation.live()))
                .map(GrantInfo::label);
    }

    // --- for people ----------------------------------------------------------------------------

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "Rejection " + rejection.revision() + ": " + violation.reason() + ", " + result());
        lines.add("");
        lines.add(who() + " tried " + attempt() + ".");
        lines.add("Rule: " + rule() + ".");
        guardsText().ifPresent(lines::add);
        if (violation.endedRevision() > 0) {
            lines.add(ended());
        }
        lines.add(live());
        lines.add(
                "Recorded at revision %d, after stamp %s. %s."
                        .formatted(rejection.revision(), rejection.at(), repeats()));
        lines.add("");
        lines.addAll(meaning.text());
        lines.add("");
        lines.add("What to do:");
        lines.addAll(meaning.advice());
        return lines;
    }

    private String result() {
        if (!rejection.enforced()) {
            return "observed only";
        }
        return "the " + attemptWord() + " was refused";
    }

    /** Both show a token and no key: the record does not tell them apart. */
    private String attemptWord() {
        return isWrite() ? "write" : "release or admission";
    }

    private boolean isWrite() {
        return rejection.key().isPresent();
    }

    private String who() {
        if (rejection.session().isNone()) {
            return "A client without a session";
        }
        String label = rejection.label().value();
        return (label.isEmpty() ? "A client without a label" : label)
                + " (session "
                + rejection.session()
                + ")";
    }

    private String attempt() {
        LockName lock = violation.lock();
        if (!isWrite()) {
            return "to release lock "
                    + lock
                    + ", or to be admitted by a gate of it, showing token "
                    + violation.shown();
        }
        String write = "to write key " + rejection.key().get() + ", ";
        return violation.shown().isNone()
                ? write + "without a token of lock " + lock
                : write + "showing token " + violation.shown() + " for lock " + lock;
    }

    /** What the attempt fell short of. */
    private String rule() {
        if (!isWrite()) {
            return "only the live grant of a lock can release it; a gate admits only tokens of its"
                    + " lock that are not revoked, and none lower than one it has admitted";
        }
        if (violation.reason() == FenceReason.FENCE_REQUIRED) {
            return "a write of this key must show a token of lock " + violation.lock();
        }
        return isMonotone()
                ? "a token must be the newest grant of its lock, and not revoked"
                : "a token that is shown must be the live grant of its lock";
    }

    /** An enforcing strict guard makes the rule strict, whatever others say. */
    private boolean isMonotone() {
        return !guards.isEmpty()
                && guards.stream().allMatch(guard -> guard.rule() == GuardRule.MONOTONE);
    }

    /** Who asks for it, besides the store itself for each token that is shown. */
    private Optional<String> guardsText() {
        if (!guards.isEmpty()) {
            return Optional.of(
                    guards.stream()
                            .map(Explanation::guardText)
                            .collect(Collectors.joining(", ", "Guards that ask for it: ", ".")));
        }
        boolean onlyGuardsAsk =
                !rejection.enforced() || violation.reason() == FenceReason.FENCE_REQUIRED;
        return onlyGuardsAsk
                ? Optional.of("The guard that asked for it has been changed or removed since.")
                : Optional.empty();
    }

    private static String guardText(Guard guard) {
        return "%s (%s, %s)".formatted(guard.prefix(), word(guard.rule()), word(guard.mode()));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private String ended() {
        return "Token %s had ended at revision %d, stamp %s: %s."
                .formatted(
                        violation.shown(),
                        violation.endedRevision(),
                        violation.endedAt(),
                        violation.ended().map(Explanation::howText).orElse("how is not known"));
    }

    private static String howText(FenceReason how) {
        return switch (how) {
            case EXPIRED -> "EXPIRED, its session was not renewed in time";
            case RELEASED -> "RELEASED, it was given back or its session was closed";
            case REVOKED -> "REVOKED, an administrator took the lock away";
            case SUPERSEDED, UNKNOWN_TOKEN, WRONG_LOCK, FENCE_REQUIRED -> how.name();
        };
    }

    private String live() {
        return violation.live().isNone()
                ? "Nobody held the lock at that time."
                : "Live at that time: token "
                        + violation.live()
                        + ", held by "
                        + holderText()
                        + ".";
    }

    private String holderText() {
        return holder.map(
                        label ->
                                label.value().isEmpty()
                                        ? "a session without a label"
                                        : label.value())
                .orElse("a session that is not named in the evidence");
    }

    private String repeats() {
        if (rejection.repeats() == 1) {
            return "Seen once";
        }
        return "Seen %d times from %s, with the same lock and token; told is the first"
                .formatted(
                        rejection.repeats(),
                        rejection.session().isNone()
                                ? "clients without a session"
                                : "this session");
    }

    // --- for programs --------------------------------------------------------------------------

    /** The same facts; not known or not there is null. */
    Row row() {
        Row row =
                new Row()
                        .number("revision", rejection.revision())
                        .text("at", rejection.at().toString())
                        .text("reason", violation.reason().name())
                        .flag("enforced", rejection.enforced())
                        .text("attempt", attemptWord());
        text(row, "session", rejection.session().isNone() ? "" : rejection.session().toString());
        text(row, "label", rejection.label().value());
        rejection.key().ifPresentOrElse(key -> row.key("key", key), () -> row.none("key"));
        row.text("lock", violation.lock().value())
                .token("shown", violation.shown())
                .token("live", violation.live());
        text(row, "holder", holder.map(SessionLabel::value).orElse(""));
        text(row, "successor", violation.successor().value());
        text(row, "ended", violation.ended().map(FenceReason::name).orElse(""));
        if (violation.endedRevision() > 0) {
            row.number("ended_revision", violation.endedRevision())
                    .text("ended_at", violation.endedAt().toString());
        } else {
            row.none("ended_revision").none("ended_at");
        }
        return row.rows("guards", guards.stream().map(Explanation::guardRow).toList())
                .number("repeats", rejection.repeats())
                .text("rule", rule())
                .text("meaning", String.join(" ", meaning.text()))
                .text("advice", String.join(" ", meaning.advice()));
    }

    private static void text(Row row, String name, String text) {
        if (text.isEmpty()) {
            row.none(name);
        } else {
            row.text(name, text);
        }
    }

    private static Row guardRow(Guard guard) {
        return new Row()
                .key("prefix", guard.prefix())
                .text("rule", word(guard.rule()))
                .text("mode", word(guard.mode()));
    }
}
