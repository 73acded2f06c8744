package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * All that {@code kvcli explain} may say, to be read as its user would: {@code
 * src/test/resources/explanations.txt}. {@code -Dscenario.rewrite=true} writes down what comes out.
 */
class ExplanationTest {
    private static final Path FILE = Path.of("src", "test", "resources", "explanations.txt");
    private static final LockName DISK = new LockName("disk");

    private final List<String> told = new ArrayList<>();
    private final Set<FenceReason> reasons = EnumSet.noneOf(FenceReason.class);

    private static GuardInfo guard(
            String prefix, String lock, GuardRule rule, GuardMode mode, long revision) {
        return new GuardInfo(
                new Guard(Key.of(prefix), new LockName(lock), rule, mode), revision, 0);
    }

    private static GuardInfo guard(GuardRule rule, GuardMode mode) {
        return guard("disk/", "disk", rule, mode, 5);
    }

    private static Rejected of(FenceReason reason) {
        return Rejected.of(21, reason);
    }

    private static Rejected superseded() {
        return of(FenceReason.SUPERSEDED).live(34, "worker-2");
    }

    private static Rejected required() {
        return of(FenceReason.FENCE_REQUIRED).withoutToken();
    }

    private static LockInfo heldBy(long token, String label) {
        GrantInfo grant =
                new GrantInfo(
                        new FencingToken(token),
                        new SessionId(4),
                        1,
                        new SessionLabel(label),
                        13,
                        HybridTimestamp.ZERO);
        return new LockInfo(DISK, grant.token(), Optional.of(grant), 0, 0, List.of(), List.of());
    }

    private void tell(String title, Rejected rejected, GuardInfo... guards) {
        tell(title, rejected, Optional.empty(), guards);
    }

    private void tell(
            String title, Rejected rejected, Optional<LockInfo> lock, GuardInfo... guards) {
        told.add("# " + title);
        told.addAll(new Explanation(rejected.build(), List.of(guards), lock).lines());
        told.add("");
        reasons.add(rejected.reason());
    }

    @Test
    void everyReasonIsExplained() throws IOException {
        GuardInfo strict = guard(GuardRule.STRICT, GuardMode.ENFORCE);
        GuardInfo monotone = guard(GuardRule.MONOTONE, GuardMode.ENFORCE);
        GuardInfo observing = guard(GuardRule.STRICT, GuardMode.OBSERVE);

        tell("A zombie.", superseded().ended(FenceReason.EXPIRED), strict);
        tell(
                "A zombie that tried often; its successor is gone, too.",
                of(FenceReason.SUPERSEDED)
                        .ended(FenceReason.EXPIRED)
                        .grantedLastTo("worker-2")
                        .times(50));
        tell(
                "Released, and granted again; only monotone guards.",
                superseded().ended(FenceReason.RELEASED),
                monotone);
        tell(
                "Revoked, and granted again, to a session without a label.",
                of(FenceReason.SUPERSEDED).ended(FenceReason.REVOKED).live(34, ""),
                Optional.of(heldBy(34, "")));
        tell("Expired.", of(FenceReason.EXPIRED).ended(FenceReason.EXPIRED), strict);
        tell("Released.", of(FenceReason.RELEASED).ended(FenceReason.RELEASED), strict);
        tell("Revoked.", of(FenceReason.REVOKED).ended(FenceReason.REVOKED), monotone);
        tell(
                "Nobody knows the token; the holder has changed since.",
                of(FenceReason.UNKNOWN_TOKEN).live(40, ""),
                Optional.of(heldBy(41, "worker-2")));
        tell(
                "The token of another lock.",
                of(FenceReason.WRONG_LOCK).live(40, ""),
                Optional.of(heldBy(40, "worker-2")));
        tell(
                "No token, by a session without a label.",
                required().withoutLabel().live(34, "worker-2"),
                strict);
        tell("A reader's token.", of(FenceReason.FENCE_REQUIRED).live(33, "worker-1"), strict);
        tell("No token and no session, often.", required().withoutSession().times(3), strict);
        tell(
                "Of the guard that refused it nothing is left.",
                required(),
                guard("disk/", "disk", GuardRule.STRICT, GuardMode.ENFORCE, 22),
                guard("disk/7/", "disk", GuardRule.STRICT, GuardMode.ENFORCE, 5),
                guard("di", "tape", GuardRule.STRICT, GuardMode.ENFORCE, 5),
                guard("d", "disk", GuardRule.STRICT, GuardMode.OBSERVE, 5));
        tell(
                "Two guards; one of them strict.",
                of(FenceReason.EXPIRED).ended(FenceReason.EXPIRED),
                guard("d", "disk", GuardRule.STRICT, GuardMode.ENFORCE, 4),
                monotone);

        tell("Observed: no token.", required().observed().live(34, "worker-2"), observing);
        tell(
                "Observed: a late write.",
                of(FenceReason.RELEASED).ended(FenceReason.RELEASED).observed(),
                observing);
        tell("Observed by a guard that is gone.", required().observed());

        tell("A zombie releases.", superseded().ended(FenceReason.EXPIRED).release());
        tell("A late release.", of(FenceReason.EXPIRED).ended(FenceReason.EXPIRED).release());
        tell("Released twice.", of(FenceReason.RELEASED).ended(FenceReason.RELEASED).release());
        tell(
                "Released after it was revoked.",
                of(FenceReason.REVOKED).ended(FenceReason.REVOKED).release());
        tell("Released by no token of it.", of(FenceReason.UNKNOWN_TOKEN).release());
        tell("Released by the token of another lock.", of(FenceReason.WRONG_LOCK).release());

        assertThat(reasons).containsExactlyInAnyOrder(FenceReason.values());
        if (Boolean.getBoolean("scenario.rewrite")) {
            Files.write(FILE, told);
        }
        assertThat(told).isEqualTo(Files.readAllLines(FILE));
    }
}
