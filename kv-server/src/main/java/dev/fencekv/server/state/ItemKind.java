package dev.fencekv.server.state;

import dev.fencekv.server.command.NewerFormatException;

/**
 * The kinds of things the state is made of. Codes are in digests and snapshots and never change.
 */
enum ItemKind {
    COUNTERS(1),
    SETTING(2),
    MEMBER(3),
    SESSION(4),
    OUTCOME(5),
    LOCK(6),
    WAITER(7),
    GUARD(8),
    REJECTION(9),
    RECORD(10),
    EXPIRY(11),
    GATE(13),
    SHARED_GRANT(14),
    SHARED_WAITER(15);

    private final int code;

    ItemKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static ItemKind ofCode(int code) {
        for (ItemKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new NewerFormatException(
                "the snapshot holds things of kind " + code + " that this release does not know");
    }
}
