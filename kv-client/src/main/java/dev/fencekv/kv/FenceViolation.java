package dev.fencekv.kv;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import java.util.Locale;
import java.util.Optional;

/**
 * The evidence for one rejected token, as it was at the moment of the write.
 *
 * @param reason why
 * @param lock the lock whose token was shown, or that a guard demands
 * @param shown the token shown; {@link FencingToken#NONE} if none was
 * @param live the lock's live token; {@link FencingToken#NONE} if nobody holds it
 * @param ended how the shown token ended: EXPIRED, RELEASED or REVOKED; empty if it is not known
 * @param endedRevision the revision at which the shown token ended; 0 if not known
 * @param endedAt the stamp at which it ended; {@link HybridTimestamp#ZERO} if not known
 * @param successor the label of the session that was granted the lock last, if not the shower's
 */
public record FenceViolation(
        FenceReason reason,
        LockName lock,
        FencingToken shown,
        FencingToken live,
        Optional<FenceReason> ended,
        long endedRevision,
        HybridTimestamp endedAt,
        SessionLabel successor) {
    public FenceViolation {
        Check.atLeast(0, endedRevision, "endedRevision");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(reason.name()).append(" lock=").append(lock);
        text.append(" shown=").append(shown.isNone() ? "none" : shown.toString());
        text.append(" live=").append(live.isNone() ? "none" : live.toString());
        if (endedRevision > 0) {
            text.append(' ').append(how()).append('@').append(endedRevision);
        }
        if (!successor.value().isEmpty()) {
            text.append(" successor=").append(successor);
        }
        return text.toString();
    }

    private String how() {
        return ended.map(reason -> reason.name().toLowerCase(Locale.ROOT)).orElse("ended");
    }
}
