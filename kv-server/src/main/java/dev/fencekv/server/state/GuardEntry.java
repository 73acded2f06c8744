package dev.fencekv.server.state;

import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import org.jspecify.annotations.Nullable;

/** A guard in force, and how often it was broken. */
final class GuardEntry extends Item {
    final Guard guard;

    /** The revision that set it. */
    final long revision;

    long violations;

    /** The next around it: of those whose prefix its own starts with, the longest. Not content. */
    @Nullable GuardEntry outer;

    GuardEntry(Guard guard, long revision) {
        this.guard = guard;
        this.revision = revision;
    }

    GuardInfo info() {
        return new GuardInfo(guard, revision, violations);
    }

    @Override
    ItemKind kind() {
        return ItemKind.GUARD;
    }

    @Override
    void encodeKey(BytesOut out) {
        CommandCodec.putKey(guard.prefix(), out);
    }

    @Override
    void encodeContent(BytesOut out) {
        CommandCodec.encodeGuard(guard, out);
        out.putLong(revision);
        out.putLong(violations);
    }
}
