package dev.fencekv.client;

import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Status;
import java.util.List;

/**
 * A token was not accepted: the write did not and will not apply, the read shows nothing. Somebody
 * else may own what it was about; stop, or acquire the lock again and start over.
 */
public final class FencedException extends FenceKvException {
    private final transient List<FenceViolation> violations;
    private final int total;

    FencedException(List<FenceViolation> violations, int total) {
        super(Status.FENCED, describe(violations, total));
        this.violations = List.copyOf(violations);
        this.total = total;
    }

    /** The evidence, as it was at the moment of the write; the first 16. */
    public List<FenceViolation> violations() {
        return violations;
    }

    /** How many violations there were. */
    public int total() {
        return total;
    }

    private static String describe(List<FenceViolation> violations, int total) {
        StringBuilder text = new StringBuilder("FENCED");
        for (FenceViolation violation : violations) {
            text.append(text.length() == "FENCED".length() ? " " : "; ").append(violation);
        }
        if (total > violations.size()) {
            text.append("; ").append(total - violations.size()).append(" more");
        }
        return text.toString();
    }
}
