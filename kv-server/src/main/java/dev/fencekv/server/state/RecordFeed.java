package dev.fencekv.server.state;

import dev.fencekv.kv.EventType;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Versioned;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the changes of a range of keys. */
public final class RecordFeed extends HistoryFeed<RecordEvent> {
    /** After a time without readers there may be much to do before the first event can be told. */
    private static final int CHAINED_MAX = 16_384;

    /** An event has no more of both its records together than this, so that it fits a frame. */
    private static final int EVENT_BYTES_MAX = Limits.FRAME_BYTES_MAX - Limits.KEY_BYTES_MAX - 1024;

    /**
     * What is wanted.
     *
     * @param previous whether events tell what was there before
     * @param keysOnly whether they tell nothing else but the key
     */
    public record Wanted(
            KeyRange range, boolean puts, boolean deletes, boolean previous, boolean keysOnly) {}

    private final Wanted wanted;
    private final byte[] scratch = new byte[Limits.KEY_BYTES_MAX];

    /**
     * @param fromRevision the first to be told, from 1
     */
    public RecordFeed(Wanted wanted, long fromRevision) {
        super(fromRevision);
        this.wanted = wanted;
    }

    @Override
    long floorRevision(History now) {
        return now.oldestRevision();
    }

    @Override
    boolean isReadable(History now) {
        return now.chain(new Steps(CHAINED_MAX));
    }

    @Override
    @Nullable RecordEvent event(KvStateMachine state, History now, long at) {
        boolean deletes = now.kind(at) == History.DELETE;
        if (!now.isOfRecord(at) || !(deletes ? wanted.deletes() : wanted.puts())) {
            return null;
        }
        Key key = now.key(at, scratch);
        if (!wanted.range().contains(key)) {
            return null;
        }
        Versioned record =
                deletes || wanted.keysOnly() ? null : now.after(at, state.records.store(), scratch);
        Versioned previous = wanted.previous() && !wanted.keysOnly() ? now.before(at) : null;
        if (record != null
                && previous != null
                && record.value().length() + previous.value().length() > EVENT_BYTES_MAX) {
            previous = null;
        }
        return new RecordEvent(
                deletes ? EventType.DELETE : EventType.PUT,
                now.revision(at),
                now.stamp(at),
                key,
                Optional.ofNullable(record),
                Optional.ofNullable(previous));
    }

    @Override
    long bytesOf(RecordEvent event) {
        return 32L
                + event.key().length()
                + event.record().map(RecordsAsOf::bytesOf).orElse(0)
                + event.previous().map(RecordsAsOf::bytesOf).orElse(0);
    }
}
