package dev.fencekv.wire;

/** What a request asks; a reply carries the opcode it answers. Codes never change. */
public enum Opcode {
    HELLO(1),
    PING(2),
    STATUS(3),
    HEALTH(4),

    GET(16),
    PUT(17),
    DELETE(18),
    INCREMENT(19),
    APPEND(20),
    TRANSACT(24),
    TTL(25),
    RANGE(21),
    GET_MANY(22),

    OPEN_SESSION(32),
    RENEW_SESSION(33),
    CLOSE_SESSION(34),
    LIST_SESSIONS(35),

    ACQUIRE(48),
    RELEASE(49),
    CANCEL_WAIT(50),
    REVOKE(51),
    INSPECT_LOCK(52),
    LIST_LOCKS(53),
    RECLAIM(54),
    ACQUIRE_SHARED(55),
    LIST_HOLDERS(56),

    SET_GUARD(64),
    REMOVE_GUARD(65),
    LIST_GUARDS(66),
    LIST_REJECTIONS(67),
    ADMIT(68),
    REMOVE_GATE(69),
    LIST_GATES(70),

    CHANGE_SETTING(80),
    LIST_SETTINGS(81),

    LIST_MEMBERS(96),
    PLACE_MEMBER(97),
    TRANSFER_LEADERSHIP(98),

    WATCH(112),
    CANCEL_WATCH(113),
    WATCH_LOCKS(114),
    WATCH_REJECTIONS(115);

    private static final Opcode[] BY_CODE = new Opcode[128];

    static {
        for (Opcode opcode : values()) {
            if (BY_CODE[opcode.code] != null) {
                throw new ExceptionInInitializerError("two opcodes have the code " + opcode.code);
            }
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    static boolean isKnown(int code) {
        return code >= 0 && code < BY_CODE.length && BY_CODE[code] != null;
    }

    /** Throws {@link WireException} for an unknown code. */
    public static Opcode ofCode(int code) {
        if (!isKnown(code)) {
            throw new WireException("unknown opcode " + code);
        }
        return BY_CODE[code];
    }
}
