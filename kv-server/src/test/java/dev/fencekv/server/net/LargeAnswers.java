package dev.fencekv.server.net;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.SessionId;
import dev.fencekv.wire.Reply;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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

    /** One row that fits no frame. */
    static final Reply.Body LOCKS =
            new Reply.Locks(
                    List.of(
                            new LockInfo(
                                    new LockName("l"),
                                    FencingToken.NONE,
                                    Optional.empty(),
                                    0,
                                    0,
                                    List.of(),
                                    Collections.nCopies(
                                            0xFFFF,
                                            new EndedGrant(
                                                    new FencingToken(1),
                                                    new SessionId(1),
                                                    FenceReason.RELEASED,
                                                    1,
                                                    HybridTimestamp.ZERO)))),
                    false);

    private LargeAnswers() {}
}
