package dev.fencekv.wire;

/** How fresh a read must be. Codes never change. */
public enum ReadMode {
    /** Sees every write acknowledged before the read was sent; any node can serve it. */
    LINEARIZABLE(1),
    /** What the asked node has applied, at least up to the revision that the request names. */
    STALE(2);

    private final int code;

    ReadMode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws {@link WireException} for an unknown code. */
    public static ReadMode ofCode(int code) {
        return switch (code) {
            case 1 -> LINEARIZABLE;
            case 2 -> STALE;
            default -> throw new WireException("unknown read mode " + code);
        };
    }
}
