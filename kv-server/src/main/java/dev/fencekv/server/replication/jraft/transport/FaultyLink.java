package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.server.faults.Faults;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * For tests only: loses or delays whole frames on their way to one peer, both those of calls and
 * those of answers, as a {@link dev.fencekv.server.faults.FaultFile} says. The connection itself
 * stays: as with a network that swallows packets, only silence tells. What is delayed keeps its
 * order.
 *
 * <p>Owned by the channel's event loop.
 */
final class FaultyLink extends ChannelOutboundHandlerAdapter {
    private static final int ALL = 100;

    private final Supplier<Faults> faults;

    /** Empty until it has said who it is: then nothing is wrong yet. */
    private volatile String peer;

    private record Delayed(Object frame, ChannelPromise promise) {}

    private final Queue<Delayed> delayed = new ArrayDeque<>();

    /** When the last of what was delayed leaves. */
    private long lastLeavesNanos = System.nanoTime();

    FaultyLink(Supplier<Faults> faults, String peer) {
        this.faults = faults;
        this.peer = peer;
    }

    void isTo(String address) {
        peer = address;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object frame, ChannelPromise promise) {
        Faults.Link link = faults.get().link(peer);
        if (ThreadLocalRandom.current().nextInt(ALL) < link.lossPercent()) {
            ReferenceCountUtil.release(frame);
            promise.trySuccess();
            return;
        }
        long delayMs = link.delayMs() + ThreadLocalRandom.current().nextInt(link.jitterMs() + 1);
        if (delayMs == 0 && delayed.isEmpty()) {
            ctx.write(frame, promise);
            return;
        }
        long now = System.nanoTime();
        lastLeavesNanos = Math.max(lastLeavesNanos, now + TimeUnit.MILLISECONDS.toNanos(delayMs));
        delayed.add(new Delayed(frame, promise));
        ctx.executor().schedule(() -> first(ctx), lastLeavesNanos - now, TimeUnit.NANOSECONDS);
    }

    /** Whichever timer goes off first, it is the oldest frame that leaves. */
    private void first(ChannelHandlerContext ctx) {
        Delayed oldest = delayed.remove();
        ctx.writeAndFlush(oldest.frame, oldest.promise);
    }
}
