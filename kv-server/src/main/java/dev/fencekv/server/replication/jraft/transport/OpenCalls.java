package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one link that are not settled: in order until their frames are written, then by id
 * until answered.
 *
 * <p>Owned by the link's event loop, {@link #admit} apart. A call that was added is settled by the
 * one who takes it out of {@link #byId}, so once.
 */
final class OpenCalls {
    private final EventLoop loop;
    private final Endpoint endpoint;

    /** Calls admitted and not settled. */
    private final AtomicInteger count = new AtomicInteger();

    /** Bytes of frames that the socket has not taken. */
    private final AtomicLong unsentBytes = new AtomicLong();

    private final LongObjectMap<Call> byId = new LongObjectHashMap<>();

    /** Calls of {@link #byId} whose frame is not written yet, in the order of their sending. */
    private final ArrayDeque<Call> unsent = new ArrayDeque<>();

    private boolean sweeping;

    OpenCalls(EventLoop loop, Endpoint endpoint) {
        this.loop = loop;
        this.endpoint = endpoint;
    }

    /** Any thread: counts the call in; false if it was settled at once, there being too many. */
    boolean admit(Call call) {
        int others = count.getAndIncrement();
        long unsentBefore = unsentBytes.getAndAdd(call.bytes);
        if (others < TransportLimits.CALLS_PER_LINK_MAX
                && unsentBefore + call.bytes <= TransportLimits.UNSENT_BYTES_PER_LINK_MAX) {
            return true;
        }
        refuse(call, "too many calls wait for " + endpoint);
        return false;
    }

    /** Settles a call that was counted in but not added. */
    void refuse(Call call, String why) {
        dropFrame(call);
        settle(call, null, new RemotingException(why));
    }

    void add(Call call) {
        byId.put(call.id, call);
        unsent.add(call);
        if (!sweeping) {
            sweeping = true;
            scheduleSweep();
        }
    }

    /** Only as much as the socket's buffer takes: the rest stays where its bytes are counted. */
    void writeTo(Channel channel) {
        while (!unsent.isEmpty() && channel.isWritable()) {
            Call call = unsent.remove();
            ByteBuf frame = call.takeFrame();
            if (frame != null) {
                channel.write(frame)
                        .addListener(
                                written -> {
                                    unsentBytes.addAndGet(-call.bytes);
                                    if (!written.isSuccess()) {
                                        channel.close();
                                    }
                                });
            }
        }
    }

    /**
     * Borrows {@code body}. An answer that nobody waits for any more is nothing. A follower's
     * answer to entries is handled at once: it is what a commit waits for.
     */
    void answer(long id, @Nullable MessageType type, ByteBuf body)
            throws InvalidProtocolBufferException {
        if (!byId.containsKey(id)) {
            return;
        }
        Object result = type == null ? null : type.parse(body);
        Call call = byId.remove(id);
        if (type == MessageType.APPEND_ENTRIES_RESPONSE && result != null) {
            count.decrementAndGet();
            call.settleHere(result);
        } else if (result != null) {
            settle(call, result, null);
        } else {
            settle(
                    call,
                    null,
                    new RemotingException(endpoint + " answered with an unknown message"));
        }
    }

    void fail(Predicate<Call> which, String why) {
        List<Call> failed = takeOut(which);
        failed.sort(Comparator.comparingLong(call -> call.id));
        for (Call call : failed) {
            settle(call, null, new RemotingException("call to " + endpoint + " failed: " + why));
        }
    }

    /** One sweep per link instead of a timer per call. */
    private void scheduleSweep() {
        loop.schedule(this::sweep, TransportLimits.CALL_TIMEOUT_GRAIN_MS, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        long now = System.nanoTime();
        for (Call call : takeOut(open -> now - open.deadlineNanos >= 0)) {
            settle(call, null, new InvokeTimeoutException(endpoint + " has not answered in time"));
        }
        sweeping = !byId.isEmpty();
        if (sweeping) {
            scheduleSweep();
        }
    }

    private List<Call> takeOut(Predicate<Call> which) {
        List<Call> taken = new ArrayList<>();
        for (Iterator<Call> open = byId.values().iterator(); open.hasNext(); ) {
            Call call = open.next();
            if (which.test(call)) {
                open.remove();
                dropFrame(call);
                taken.add(call);
            }
        }
        if (!taken.isEmpty()) {
            unsent.removeIf(call -> byId.get(call.id) != call);
        }
        return taken;
    }

    private void dropFrame(Call call) {
        ByteBuf frame = call.takeFrame();
        if (frame != null) {
            frame.release();
            unsentBytes.addAndGet(-call.bytes);
        }
    }

    private void settle(Call call, @Nullable Object result, @Nullable Throwable error) {
        count.decrementAndGet();
        call.settle(result, error);
    }
}
