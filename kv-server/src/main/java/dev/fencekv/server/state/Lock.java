package dev.fencekv.server.state;

import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.server.command.BytesOut;
import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A named lock: one who has it alone, or several who share it; a queue; and the evidence of its
 * last grants.
 */
final class Lock extends Item {
    /** Added to how a grant ended, if it was shared. From feature level 2 on. */
    static final int SHARED = 64;

    /** Set in the newest token if nobody ever had the lock alone. From feature level 2 on. */
    static final long NEVER_ALONE = Long.MIN_VALUE;

    final LockName name;

    /** Who has it alone. */
    @Nullable Grant grant;

    /** Who shares it. Items of their own. Invariant: empty while {@link #grant} is not null. */
    final TreeMap<FencingToken, SharedGrant> shared = new TreeMap<>();

    /** By place: first come, first served. Its waiters are items of their own. */
    final TreeMap<Long, Waiter> queue = new TreeMap<>();

    /** The last grants that ended, oldest first. */
    final ArrayDeque<EndedGrant> ended = new ArrayDeque<>();

    /** Which of those were shared: they never prove that nobody else could write. */
    final TreeSet<FencingToken> endedShared = new TreeSet<>();

    /**
     * The newest token ever granted of this lock. Invariant: the live one, while one has it alone.
     */
    FencingToken newestToken = FencingToken.NONE;

    /** Whether somebody ever had it alone: guards take the tokens of such grants only. */
    boolean hadAlone;

    /** Who was granted it last. */
    SessionLabel newestLabel = SessionLabel.NONE;

    /** Lease time until which it is closed after an expiry, in milliseconds; 0 for none. */
    long closedUntilMs;

    /**
     * Its number among the idle locks, 0 while it is in use. Part of the content: it is an order.
     */
    long idleAs;

    /** How many of the queue are not for exclusive use. Not part of the content: they are. */
    int sharedWaiters;

    /** Guards that name it. Not part of the content: the guards are. */
    int guards;

    /** Gates that are its. Not part of the content: the gates are. */
    int gates;

    Lock(LockName name) {
        this.name = name;
    }

    boolean isIdle() {
        return grant == null
                && shared.isEmpty()
                && queue.isEmpty()
                && closedUntilMs == 0
                && guards == 0
                && gates == 0;
    }

    @Nullable EndedGrant ended(FencingToken token) {
        for (EndedGrant grant : ended) {
            if (grant.token().equals(token)) {
                return grant;
            }
        }
        return null;
    }

    boolean isLive(FencingToken token) {
        return liveToken().equals(token) || shared.containsKey(token);
    }

    /** Who holds it; the newest, if several share it. */
    @Nullable Grant newestLive() {
        return shared.isEmpty() ? grant : shared.lastEntry().getValue().grant;
    }

    FencingToken newestLiveToken() {
        Grant live = newestLive();
        return live == null ? FencingToken.NONE : live.token();
    }

    /** Of the one who has it alone; NONE if nobody does. */
    FencingToken liveToken() {
        Grant live = grant;
        return live == null ? FencingToken.NONE : live.token();
    }

    @Override
    ItemKind kind() {
        return ItemKind.LOCK;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putText(name.value());
    }

    @Override
    void encodeContent(BytesOut out) {
        Grant live = grant;
        out.putBoolean(live != null);
        if (live != null) {
            out.putLong(live.token().value());
            out.putLong(live.session().id.value());
            out.putLong(live.owner());
            out.putLong(live.revision());
            out.putLong(live.at().packed());
            out.putLong(live.lockDelayMs());
        }
        out.putByte(ended.size());
        for (EndedGrant past : ended) {
            out.putLong(past.token().value());
            out.putLong(past.session().value());
            out.putByte(past.how().code() + (endedShared.contains(past.token()) ? SHARED : 0));
            out.putLong(past.revision());
            out.putLong(past.at().packed());
        }
        boolean neverAlone = !hadAlone && !newestToken.isNone();
        out.putLong(newestToken.value() | (neverAlone ? NEVER_ALONE : 0));
        out.putText(newestLabel.value());
        out.putLong(closedUntilMs);
        out.putLong(idleAs);
    }
}
