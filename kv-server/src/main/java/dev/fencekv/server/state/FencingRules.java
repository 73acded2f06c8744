package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionLabel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether the tokens a command shows let it pass: the rules that the project exists for (DESIGN
 * section 4). Always by equality, never by order: a token that was never granted must not pass
 * because it is large.
 */
final class FencingRules {
    /**
     * What the rules found.
     *
     * @param enforced what forbids the command, shown tokens first; empty if it may pass
     * @param observed what only observing guards object to
     * @param broken the guards that object
     */
    record Verdict(
            List<FenceViolation> enforced, List<FenceViolation> observed, List<GuardEntry> broken) {
        static final Verdict PASS = new Verdict(List.of(), List.of(), List.of());

        /** Whether there is nothing to say. */
        boolean isPass() {
            return enforced.isEmpty() && observed.isEmpty() && broken.isEmpty();
        }
    }

    private final Locks locks;

    FencingRules(Locks locks) {
        this.locks = locks;
    }

    /** {@code innermost}: of the guards over the key that the command writes; null for none. */
    Verdict check(List<Fence> fences, @Nullable GuardEntry innermost) {
        return areLive(fences) && areShown(innermost, fences)
                ? Verdict.PASS
                : judgeAll(fences, outwards(innermost));
    }

    private Verdict judgeAll(List<Fence> fences, List<GuardEntry> guards) {
        return judgeAll(fences, guards, lock -> ruleFor(lock, guards));
    }

    /**
     * As if each key that a transaction may write were written alone, showing all its tokens: a
     * guard that is content with less speaks for the keys under it, not for the others.
     */
    Verdict checkAll(List<Fence> fences, TransactionGuards over) {
        List<GuardEntry> guards = over.list();
        return judgeAll(
                fences,
                guards,
                lock -> over.coverAll(lock) ? ruleFor(lock, guards) : GuardRule.STRICT);
    }

    private static List<GuardEntry> outwards(@Nullable GuardEntry innermost) {
        List<GuardEntry> guards = new ArrayList<>(2);
        for (GuardEntry entry = innermost; entry != null; entry = entry.outer) {
            guards.add(entry);
        }
        return guards;
    }

    /** A live grant is taken by every rule. This, and {@link #areShown}, make no garbage. */
    private boolean areLive(List<Fence> fences) {
        for (int i = 0; i < fences.size(); i++) {
            Fence fence = fences.get(i);
            Lock lock = locks.findByToken(fence.token());
            if (lock == null
                    || !lock.liveToken().equals(fence.token())
                    || !lock.name.equals(fence.lock())) {
                return false;
            }
        }
        return true;
    }

    /** Whether all guards have a token of their lock to judge. */
    private static boolean areShown(@Nullable GuardEntry innermost, List<Fence> fences) {
        for (GuardEntry entry = innermost; entry != null; entry = entry.outer) {
            if (shown(entry.guard.lock(), fences) == null) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Fence shown(LockName wanted, List<Fence> fences) {
        for (int i = 0; i < fences.size(); i++) {
            if (fences.get(i).lock().equals(wanted)) {
                return fences.get(i);
            }
        }
        return null;
    }

    /** {@code ruleOf}: by which rule a token of a lock is judged that is shown by itself. */
    private Verdict judgeAll(
            List<Fence> fences, List<GuardEntry> guards, Function<LockName, GuardRule> ruleOf) {
        List<FenceViolation> enforced = new ArrayList<>(1);
        List<FenceViolation> observed = new ArrayList<>(1);
        List<GuardEntry> broken = new ArrayList<>(1);
        for (Fence fence : fences) {
            FenceViolation violation =
                    judge(fence.lock(), fence.token(), ruleOf.apply(fence.lock()));
            if (violation != null) {
                enforced.add(violation);
            }
        }
        for (GuardEntry entry : guards) {
            FenceViolation violation = judgeGuard(entry, fences);
            if (violation != null) {
                broken.add(entry);
                if (entry.guard.mode() == GuardMode.OBSERVE) {
                    observed.add(violation);
                } else if (violation.reason() == FenceReason.FENCE_REQUIRED) {
                    // What is shown for itself has been judged: a shared grant was good for that.
                    enforced.add(violation);
                }
            }
        }
        return new Verdict(enforced, observed, broken);
    }

    /**
     * The rule for a token that the command shows by itself: strict, unless the enforcing guards
     * that ask for this lock are all content with less. So a token that an enforcing guard does not
     * take is already refused by itself. An observing guard neither forbids nor permits anything.
     */
    private static GuardRule ruleFor(LockName lock, List<GuardEntry> guards) {
        GuardRule rule = GuardRule.STRICT;
        for (GuardEntry entry : guards) {
            if (entry.guard.mode() == GuardMode.ENFORCE && entry.guard.lock().equals(lock)) {
                if (entry.guard.rule() == GuardRule.STRICT) {
                    return GuardRule.STRICT;
                }
                rule = entry.guard.rule();
            }
        }
        return rule;
    }

    /**
     * What forbids a read of a whole range by these tokens. A token is judged strictly, unless the
     * enforcing guards that ask for its lock are all content with less, and one of them covers the
     * whole range.
     *
     * @param intersecting the guards that some key of the range can be under
     */
    List<FenceViolation> checkRead(
            KeyRange range, List<Fence> fences, List<GuardEntry> intersecting) {
        List<FenceViolation> violations = new ArrayList<>(1);
        for (Fence fence : fences) {
            GuardRule rule = ruleFor(fence.lock(), range, intersecting);
            FenceViolation violation = judge(fence.lock(), fence.token(), rule);
            if (violation != null) {
                violations.add(violation);
            }
        }
        return violations;
    }

    private static GuardRule ruleFor(LockName lock, KeyRange range, List<GuardEntry> intersecting) {
        GuardRule rule = GuardRule.STRICT;
        for (GuardEntry entry : intersecting) {
            if (entry.guard.mode() == GuardMode.ENFORCE && entry.guard.lock().equals(lock)) {
                if (entry.guard.rule() == GuardRule.STRICT) {
                    return GuardRule.STRICT;
                }
                if (KeyRange.prefix(entry.guard.prefix()).containsAll(range)) {
                    rule = entry.guard.rule();
                }
            }
        }
        return rule;
    }

    /** What a guard objects to: no token of its lock, or one that its rule does not take. */
    private @Nullable FenceViolation judgeGuard(GuardEntry entry, List<Fence> fences) {
        LockName wanted = entry.guard.lock();
        Fence fence = shown(wanted, fences);
        if (fence == null) {
            return fenceRequired(wanted, FencingToken.NONE);
        }
        return isShared(wanted, fence.token())
                ? fenceRequired(wanted, fence.token())
                : judge(wanted, fence.token(), entry.guard.rule());
    }

    /**
     * A guard promises that one holder at a time writes. Readers and holders of permits are
     * several, so none of their tokens is what it demands.
     */
    private boolean isShared(LockName name, FencingToken token) {
        Lock lock = locks.find(name);
        return lock != null && lock.shared.containsKey(token);
    }

    private FenceViolation fenceRequired(LockName name, FencingToken shown) {
        Lock lock = locks.find(name);
        Grant live = lock == null ? null : lock.newestLive();
        return new FenceViolation(
                FenceReason.FENCE_REQUIRED,
                name,
                shown,
                live == null ? FencingToken.NONE : live.token(),
                Optional.empty(),
                0,
                HybridTimestamp.ZERO,
                live == null ? SessionLabel.NONE : live.session().label);
    }

    /** Null if {@code token} passes for lock {@code name} under {@code rule}, else the evidence. */
    @Nullable FenceViolation judge(LockName name, FencingToken token, GuardRule rule) {
        Lock lock = locks.find(name);
        if (lock == null) {
            return unknown(name, token, FencingToken.NONE);
        }
        if (lock.isLive(token)) {
            return null;
        }
        EndedGrant past = lock.ended(token);
        if (past == null) {
            return unknown(name, token, lock.newestLiveToken());
        }
        boolean mayFinish =
                rule == GuardRule.MONOTONE
                        && lock.newestToken.equals(token)
                        && past.how() != FenceReason.REVOKED
                        && !lock.endedShared.contains(token);
        if (mayFinish) {
            return null;
        }
        return ended(lock, past);
    }

    /**
     * Null if a gate that has admitted {@code mark} admits {@code token} of its lock {@code name}:
     * it was granted, is remembered and not revoked, and is not lower. Here tokens are compared by
     * order, because that is all that a gate is for; but only tokens that were granted are.
     */
    @Nullable FenceViolation judgeAtGate(LockName name, FencingToken token, FencingToken mark) {
        Lock lock = locks.find(name);
        if (lock == null) {
            return unknown(name, token, FencingToken.NONE);
        }
        if (lock.liveToken().equals(token)) {
            return null;
        }
        if (lock.shared.containsKey(token)) {
            // Of several who hold it at a time none is the newest holder.
            return fenceRequired(name, token);
        }
        EndedGrant past = lock.ended(token);
        if (past == null) {
            return unknown(name, token, lock.newestLiveToken());
        }
        boolean admitted =
                token.compareTo(mark) >= 0
                        && past.how() != FenceReason.REVOKED
                        && !lock.endedShared.contains(token);
        return admitted ? null : ended(lock, past);
    }

    /** A token was shown for another lock than {@code wanted}, which alone would do. */
    FenceViolation ofOtherLock(LockName wanted, FencingToken shown) {
        Lock lock = locks.find(wanted);
        return new FenceViolation(
                FenceReason.WRONG_LOCK,
                wanted,
                shown,
                lock == null ? FencingToken.NONE : lock.newestLiveToken(),
                Optional.empty(),
                0,
                HybridTimestamp.ZERO,
                SessionLabel.NONE);
    }

    /** The evidence of a grant that has ended. */
    private static FenceViolation ended(Lock lock, EndedGrant past) {
        boolean newest = lock.newestToken.equals(past.token());
        return new FenceViolation(
                newest ? past.how() : FenceReason.SUPERSEDED,
                lock.name,
                past.token(),
                lock.newestLiveToken(),
                Optional.of(past.how()),
                past.revision(),
                past.at(),
                newest ? SessionLabel.NONE : lock.newestLabel);
    }

    private FenceViolation unknown(LockName name, FencingToken shown, FencingToken live) {
        FenceReason reason =
                locks.findByToken(shown) == null
                        ? FenceReason.UNKNOWN_TOKEN
                        : FenceReason.WRONG_LOCK;
        return new FenceViolation(
                reason,
                name,
                shown,
                live,
                Optional.empty(),
                0,
                HybridTimestamp.ZERO,
                SessionLabel.NONE);
    }
}
