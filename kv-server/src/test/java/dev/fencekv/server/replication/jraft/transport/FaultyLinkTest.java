package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.faults.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FaultyLinkTest {
    private static final String PEER = "127.0.0.1:7401";

    private final AtomicReference<Faults> faults = new AtomicReference<>(Faults.NONE);
    private final FaultyLink link = new FaultyLink(faults::get, PEER);
    private final EmbeddedChannel channel = new EmbeddedChannel(link);

    @Test
    void whatIsCutIsSwallowedAndTheConnectionStays() {
        fault("cut " + PEER);
        ByteBuf frame = Unpooled.wrappedBuffer(new byte[] {1});
        channel.writeAndFlush(frame);
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        assertThat(frame.refCnt()).isZero();
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void onlyTheNamedPeerIsMet() {
        fault("cut 127.0.0.1:7411");
        send(1);
        assertReceived(1);
        link.isTo("127.0.0.1:7411");
        send(2);
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
    }

    @Test
    void whatIsDelayedKeepsItsOrderAlsoWhenTheDelayEnds() {
        channel.freezeTime();
        fault("delay " + PEER + " 1000000 0");
        send(1);
        faults.set(Faults.NONE);
        send(2);
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        channel.advanceTimeBy(2_000, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertReceived(1);
        assertReceived(2);
    }

    private void fault(String line) {
        faults.set(Faults.parse(List.of(line)));
    }

    private void send(int content) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {(byte) content}));
    }

    private void assertReceived(int content) {
        ByteBuf received = channel.readOutbound();
        assertThat(received).isNotNull();
        assertThat(received.readByte()).isEqualTo((byte) content);
        received.release();
    }
}
