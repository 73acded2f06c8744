package dev.fencekv.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** A client that heard OVERLOADED would have it done again. */
    @Test
    void aTransactionThatWasAppliedIsNotAnsweredAsIfItHadNotBeen() {
        Versioned large = record(Limits.VALUE_BYTES_MAX);
        Reply.Body results =
                new Reply.Transacted(true, List.of(new OperationResult.Get(Optional.of(large), 0)));
        int replies = 40;
        for (int correlation = 1; correlation <= replies; correlation++) {
            connection.reply(
                    correlation, FakeRequests.reply(Opcode.TRANSACT, Status.OK, results), false);
        }
        Reply.Body found = new Reply.Found(large, 0);
        connection.reply(replies + 1, FakeRequests.reply(Opcode.GET, Status.OK, found), false);
        channel.runPendingTasks();
        List<Reply> told = told();
        assertThat(told).hasSize(replies + 1);
        assertThat(told.get(replies).status()).as("of a read").isEqualTo(Status.OVERLOADED);
        List<Reply> transacted = told.subList(0, replies);
        assertThat(transacted).allMatch(reply -> reply.status() == Status.OK);
        assertThat(transacted.get(0).body()).isEqualTo(results);
        assertThat(transacted.get(replies - 1).body()).isEqualTo(new Reply.ResultGone());
    }

    private static Versioned record(int bytes) {
        return new Versioned(
                Value.copyOf(new byte[bytes]),
                1,
                1,
                1,
                HybridTimestamp.ZERO,
                FencingToken.NONE,
                SessionId.NONE,
                SessionId.NONE,
                0);
    }

    /** What has left, as the other side reads it. */
    private List<Reply> told() {
        EmbeddedChannel reader = new EmbeddedChannel(new FrameDecoder());
        for (ByteBuf bytes = channel.readOutbound();
                bytes != null;
                bytes = channel.readOutbound()) {
            reader.writeInbound(bytes);
        }
        List<Reply> replies = new ArrayList<>();
        for (Frame frame = reader.readInbound(); frame != null; frame = reader.readInbound()) {
            replies.add(ReplyCodec.decode(frame));
            frame.release();
        }
        reader.finishAndReleaseAll();
        return replies;
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
