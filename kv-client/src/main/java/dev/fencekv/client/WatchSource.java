package dev.fencekv.client;

import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What watches differ in: how they are asked for, and what is told. Stateless. */
sealed interface WatchSource<E> {
    /**
     * @param whole whether the reply's revision is told to its end
     */
    record Told<E>(boolean whole, List<E> events) {}

    /** The first revision to tell; 0: from now. */
    long fromRevision();

    /** How often a node says how far it is though nothing happens. */
    Duration progress();

    Request request(long fromRevision);

    /** What a reply tells; null if it is none that does. */
    @Nullable Told<E> told(Reply.Body body);

    long revisionOf(E event);

    /** What an event takes while it waits for the listener, roughly. */
    long bytesOf(E event);

    /** Changes of records. */
    record Records(WatchOptions options) implements WatchSource<RecordEvent> {
        @Override
        public long fromRevision() {
            return options.fromRevision();
        }

        @Override
        public Duration progress() {
            return options.progress();
        }

        @Override
        public Request request(long fromRevision) {
            return new Request.Watch(
                    options.range(),
                    fromRevision,
                    options.puts(),
                    options.deletes(),
                    options.previous(),
                    options.keysOnly(),
                    millis(options.progress()));
        }

        @Override
        public @Nullable Told<RecordEvent> told(Reply.Body body) {
            return body instanceof Reply.Events some
                    ? new Told<>(some.whole(), some.events())
                    : null;
        }

        @Override
        public long revisionOf(RecordEvent event) {
            return event.revision();
        }

        @Override
        public long bytesOf(RecordEvent event) {
            return 64L
                    + event.key().length()
                    + event.record().map(record -> record.value().length()).orElse(0)
                    + event.previous().map(record -> record.value().length()).orElse(0);
        }
    }

    /** What happens to locks. */
    record Locks(LockWatchOptions options) implements WatchSource<LockEvent> {
        @Override
        public long fromRevision() {
            return options.fromRevision();
        }

        @Override
        public Duration progress() {
            return options.progress();
        }

        @Override
        public Request request(long fromRevision) {
            return new Request.WatchLocks(
                    options.locks(), options.queue(), fromRevision, millis(options.progress()));
        }

        @Override
        public @Nullable Told<LockEvent> told(Reply.Body body) {
            return body instanceof Reply.LockEvents some
                    ? new Told<>(some.whole(), some.events())
                    : null;
        }

        @Override
        public long revisionOf(LockEvent event) {
            return event.revision();
        }

        @Override
        public long bytesOf(LockEvent event) {
            return 256L;
        }
    }

    /** What fences refuse. */
    record Rejections(RejectionWatchOptions options) implements WatchSource<Rejection> {
        @Override
        public long fromRevision() {
            return options.fromRevision();
        }

        @Override
        public Duration progress() {
            return options.progress();
        }

        @Override
        public Request request(long fromRevision) {
            return new Request.WatchRejections(
                    options.range(),
                    options.locks(),
                    options.enforcedOnly(),
                    fromRevision,
                    millis(options.progress()));
        }

        @Override
        public @Nullable Told<Rejection> told(Reply.Body body) {
            return body instanceof Reply.RejectionEvents some
                    ? new Told<>(some.whole(), some.events())
                    : null;
        }

        @Override
        public long revisionOf(Rejection rejection) {
            return rejection.revision();
        }

        @Override
        public long bytesOf(Rejection rejection) {
            return 512L + rejection.key().map(key -> key.length()).orElse(0);
        }
    }

    private static int millis(Duration progress) {
        return (int) progress.toMillis();
    }
}
