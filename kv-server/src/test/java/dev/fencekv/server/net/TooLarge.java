package dev.fencekv.server.net;

import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.wire.Reply;
import java.util.Collections;

/** An answer that fits no frame. */
final class TooLarge {
    static final Reply.Body GUARDS =
            new Reply.Guards(
                    Collections.nCopies(
                            Limits.GUARDS_MAX,
                            new GuardInfo(
                                    new Guard(
                                            Key.copyOf(new byte[Limits.KEY_BYTES_MAX]),
                                            new LockName("l"),
                                            GuardRule.STRICT,
                                            GuardMode.ENFORCE),
                                    1,
                                    1)));

    private TooLarge() {}
}
