package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.Task;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * Appends an entry in the calling thread. {@link Node#apply} would put it into a queue for a thread
 * of the engine, which makes batches of what it finds; our entries are batches already, so the
 * queue only costs the time to wake that thread. What that thread does with a batch is called here
 * instead: a private method of the engine's release that we are pinned to.
 *
 * <p>Takes the node's write lock, which is also held while a vote is written. Must be called by one
 * thread at a time, else entries could be appended in another order than they are stamped.
 */
final class DirectAppend {
    private static final MethodHandle NEW_BATCHED;
    private static final VarHandle ENTRY;
    private static final VarHandle DONE;
    private static final VarHandle EXPECTED_TERM;
    private static final MethodHandle APPEND_BATCH;

    static {
        try {
            MethodHandles.Lookup here = MethodHandles.lookup();
            Class<?> batched = Class.forName(NodeImpl.class.getName() + "$LogEntryAndClosure");
            MethodHandles.Lookup inBatched = MethodHandles.privateLookupIn(batched, here);
            NEW_BATCHED =
                    inBatched
                            .findConstructor(batched, MethodType.methodType(void.class))
                            .asType(MethodType.methodType(Object.class));
            ENTRY = inBatched.findVarHandle(batched, "entry", LogEntry.class);
            DONE = inBatched.findVarHandle(batched, "done", Closure.class);
            EXPECTED_TERM = inBatched.findVarHandle(batched, "expectedTerm", long.class);
            APPEND_BATCH =
                    MethodHandles.privateLookupIn(NodeImpl.class, here)
                            .findVirtual(
                                    NodeImpl.class,
                                    "executeApplyingTasks",
                                    MethodType.methodType(void.class, List.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private DirectAppend() {}

    /** As {@link Node#apply}: the task's closure is told, by another thread, if it fails. */
    static void append(Node node, Task task) {
        LogEntry entry = new LogEntry();
        entry.setData(task.getData());
        try {
            Object batched = (Object) NEW_BATCHED.invokeExact();
            ENTRY.set(batched, entry);
            DONE.set(batched, task.getDone());
            EXPECTED_TERM.set(batched, task.getExpectedTerm());
            APPEND_BATCH.invokeExact((NodeImpl) node, List.of(batched));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
