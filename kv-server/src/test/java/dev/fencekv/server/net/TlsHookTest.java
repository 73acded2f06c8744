package dev.fencekv.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Status;
import dev.fencekv.wire.Request;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TlsHookTest {
    @Test
    void allBytesOfAConnectionGoThroughTheHook() throws IOException {
        AtomicLong in = new AtomicLong();
        AtomicLong out = new AtomicLong();
        TlsHook counting = pipeline -> pipeline.addLast(new Counting(in, out));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ClientServer server = ClientServer.start(any, new FakeRequests(), counting);
                RawClient client = RawClient.greeted(server)) {
            client.send(2, new Request.Ping());
            assertThat(client.read().reply().status()).isEqualTo(Status.OK);

            int hello = RawClient.frame(1, RawClient.HELLO).length;
            int ping = RawClient.frame(2, new Request.Ping()).length;
            assertThat(in).hasValue(hello + ping);
            assertThat(out.get()).isGreaterThan(2 * 24);
        }
    }

    private static final class Counting extends ChannelDuplexHandler {
        private final AtomicLong in;
        private final AtomicLong out;

        Counting(AtomicLong in, AtomicLong out) {
            this.in = in;
            this.out = out;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            in.addAndGet(((ByteBuf) message).readableBytes());
            context.fireChannelRead(message);
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            out.addAndGet(((ByteBuf) message).readableBytes());
            context.write(message, promise);
        }
    }
}
