package dev.fencekv.server.state;

/**
 * How much of a search one look at the state may still do: a step is a key or a change that is
 * looked at, or 4 KiB of a record that is copied; less than a microsecond. Owned by one thread.
 */
public final class Steps {
    private static final int COPIED_PER_STEP_BYTES = 4096;

    private long left;

    public Steps(long most) {
        this.left = most;
    }

    /** For who may take as long as it takes. */
    static Steps unbounded() {
        return new Steps(Long.MAX_VALUE);
    }

    /** A record of so many bytes was copied. */
    void copied(int bytes) {
        left -= Math.min(left, bytes / COPIED_PER_STEP_BYTES);
    }

    /** False if there is none left: to be gone on with in another look. */
    boolean take() {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
