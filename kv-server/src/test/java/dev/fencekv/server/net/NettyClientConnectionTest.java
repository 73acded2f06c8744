package dev.fencekv.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class NettyClientConnectionTest {
    private int flushes;

    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new ChannelOutboundHandlerAdapter() {
                        @Override
                        public void flush(ChannelHandlerContext context) {
                            flushes++;
                            context.flush();
                        }
                    });
    private final NettyClientConnection connection =
            new NettyClientConnection(
                    channel, NetLimits.DEFAULT, new Budget(1 << 20), new Budget(1 << 20));

    @Test
    void repliesHandedOverTogetherLeaveInOneWriteAndOneFlush() {
        for (int correlation = 1; correlation <= 100; correlation++) {
            connection.reply(correlation, ok(), false);
        }
        assertThat(channel.<ByteBuf>readOutbound()).isNull();

        channel.runPendingTasks();

        ByteBuf written = channel.readOutbound();
        assertThat(written.readableBytes() % 100).isZero();
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        assertThat(flushes).isEqualTo(1);
        written.release();
    }

    @Test
    void nothingLeavesAfterTheLastWord() {
        connection.reply(1, ok(), false);
        connection.refuse(Opcode.HELLO, 0, Status.INVALID_ARGUMENT, "why");
        connection.reply(2, ok(), false);
        channel.runPendingTasks();

        ByteBuf written = channel.readOutbound();
        assertThat(written.getLong(8)).as("the reply before it").isEqualTo(1);
        ByteBuf end = channel.readOutbound();
        assertThat(end.readableBytes()).isZero();
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        assertThat(channel.isOpen()).isFalse();
        written.release();
    }

    @Test
    void aReplyToAClosedConnectionIsDropped() {
        channel.close();
        connection.reply(1, ok(), false);
        channel.runPendingTasks();

        assertThat(connection.isOpen()).isFalse();
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
    }

    @Test
    void whatIsReservedIsBoundedToo() {
        int plain = NetLimits.DEFAULT.requestsPerConnectionMax();
        for (int i = 1; i <= plain; i++) {
            assertThat(connection.admit(i, 100, false)).isTrue();
        }
        assertThat(connection.admit(plain + 1, 100, false)).isFalse();
        for (int i = 1; i <= NetLimits.REQUESTS_RESERVED; i++) {
            assertThat(connection.admit(plain + i, 100, true)).isTrue();
        }
        assertThat(connection.admit(1_000_000, 100, true)).isFalse();
    }

    private static Reply ok() {
        return FakeRequests.reply(Opcode.PING, Status.OK, Reply.NOTHING);
    }
}
