package dev.fencekv.server.net;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.wire.Reply;
import java.util.Collections;

/** Answers that are larger than one would like. */
final class LargeAnswers {
    /** 16 KiB. */
    static final Reply.Body STATUS =
            new Reply.Node(
                    new NodeStatus(
                            "",
                            1,
                            ClusterId.NONE,
                            NodeRole.LEADER,
                            "",
                            1,
                            1,
                            1,
                            HybridTimestamp.ZERO,
                            0,
                            0,
                            1,
                            0,
                            0,
                            0,
                            0,
                            Collections.nCopies(
                                    Limits.MEMBERS_MAX, "x".repeat(Limits.ADDRESS_BYTES_MAX)),
                            ""));

    /** Fits no frame. */
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

    private LargeAnswers() {}
}
