package dev.fencekv.kv;

/** What happened to a record. Codes never change. */
public enum EventType {
    /** It was made, or has another value. */
    PUT(1),
    /** It was removed: by a client, by the end of its session, or by its TTL. */
    DELETE(2);

    private final int code;

    EventType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static EventType ofCode(int code) {
        return switch (code) {
            case 1 -> PUT;
            case 2 -> DELETE;
            default -> throw new IllegalArgumentException("unknown event type " + code);
        };
    }
}
