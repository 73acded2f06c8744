package dev.fencekv.check;

/**
 * We are wrong: something that must hold does not. Never caught to go on; a node that meets it
 * stops applying, because a stopped replica can be repaired and a diverged one cannot.
 */
public final class InvariantViolation extends RuntimeException {
    public InvariantViolation(String message) {
        super(message);
    }

    public InvariantViolation(String message, Throwable cause) {
        super(message, cause);
    }
}
