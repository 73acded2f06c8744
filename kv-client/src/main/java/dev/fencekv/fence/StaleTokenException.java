package dev.fencekv.fence;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.ResourceName;

/**
 * A resource has seen a higher token: whoever shows this one has been superseded. It must stop, or
 * acquire its lock again and start over; trying again with the same token will never succeed.
 */
public final class StaleTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient FencingToken shown;
    private final transient FencingToken mark;

    /**
     * @param shown the token that was refused
     * @param mark the highest that the resource has seen; {@link FencingToken#NONE} if not known
     */
    public StaleTokenException(ResourceName resource, FencingToken shown, FencingToken mark) {
        super(
                "token "
                        + shown
                        + " is stale for "
                        + resource
                        + (mark.isNone() ? "" : ", which has seen " + mark)
                        + ": stop, or acquire the lock again and start over");
        this.shown = shown;
        this.mark = mark;
    }

    /** The token that was refused. */
    public FencingToken shown() {
        return shown;
    }

    /** The highest that the resource has seen; {@link FencingToken#NONE} if not known. */
    public FencingToken mark() {
        return mark;
    }
}
