package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.entity.Task;
import dev.fencekv.server.replication.EntryLog;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.ReadIndexSource;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.SealedEntry;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Hands entries and read confirmations to the engine. Safe from any thread. */
final class EngineLog implements EntryLog, ReadIndexSource {
    private static final byte[] NO_CONTEXT = new byte[0];

    private final Executor loop;

    /** Null until the engine's node is made: it calls back before it is handed out. */
    private volatile @Nullable Node node;

    /** What the engine has applied, in its own count. */
    private volatile LongConsumer appliedUpTo = index -> {};

    /**
     * @param loop from which entries leave for the peers
     */
    EngineLog(Executor loop) {
        this.loop = loop;
    }

    void connect(Node made, LongConsumer applied) {
        appliedUpTo = applied;
        node = made;
    }

    @Override
    public void append(SealedEntry entry) {
        Node engine = node;
        if (engine == null) {
            entry.notAppended(Refusal.unavailable("this node is starting"));
            return;
        }
        try {
            Task task =
                    new Task(
                            ByteBuffer.wrap(entry.bytes()),
                            new EntryClosure(entry),
                            entry.expectedTerm());
            EngineClosures.whileAppending(loop, () -> DirectAppend.append(engine, task));
        } catch (RuntimeException e) {
            // The engine is shutting down; it may or may not have run the closure.
            entry.lost();
        }
    }

    @Override
    public void confirm(ReadCompletion completion) {
        Node engine = node;
        if (engine == null) {
            completion.failed(Refusal.unavailable("this node is starting"));
            return;
        }
        Confirmation confirmation = new Confirmation(completion, appliedUpTo);
        try {
            engine.readIndex(NO_CONTEXT, confirmation);
        } catch (RuntimeException e) {
            // Counts once, whether or not the engine ran the closure before it threw.
            confirmation.run(new Status(-1, "the engine is shutting down"));
        }
    }

    /** The engine calls it once: when its index is applied, when it fails, or after two seconds. */
    private static final class Confirmation extends ReadIndexClosure {
        private final ReadCompletion completion;
        private final LongConsumer appliedUpTo;

        Confirmation(ReadCompletion completion, LongConsumer appliedUpTo) {
            this.completion = completion;
            this.appliedUpTo = appliedUpTo;
        }

        @Override
        public void run(Status status, long index, byte[] context) {
            if (status.isOk()) {
                appliedUpTo.accept(index);
                completion.ready(index);
            } else {
                completion.failed(Refusal.unavailable(status.getErrorMsg()));
            }
        }
    }
}
