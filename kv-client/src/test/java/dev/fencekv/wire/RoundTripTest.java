package dev.fencekv.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RoundTripTest {
    private static final int ROUNDS = 100;

    private final long seed = Seeds.next(RoundTripTest.class);
    private final RandomMessages random = new RandomMessages(seed);

    @ParameterizedTest
    @EnumSource(Opcode.class)
    void everyRequestComesBackAsItWas(Opcode opcode) {
        for (int round = 0; round < ROUNDS; round++) {
            Request request = random.request(opcode);
            HybridTimestamp stamp = random.stamp();
            long correlation = random.bits();

            Frame frame = Wired.frame(Wired.bytes(request, correlation, stamp));

            assertThat(frame.opcode()).isEqualTo(opcode);
            assertThat(frame.isReply()).isFalse();
            assertThat(frame.correlation()).isEqualTo(correlation);
            assertThat(frame.stamp()).isEqualTo(stamp);
            assertThat(RequestCodec.decode(frame)).as("seed %d", seed).isEqualTo(request);
            frame.release();
        }
    }

    @ParameterizedTest
    @EnumSource(Reply.BodyKind.class)
    void everyReplyComesBackAsItWas(Reply.BodyKind kind) {
        for (int round = 0; round < ROUNDS; round++) {
            Reply reply = random.reply(kind);
            long correlation = random.bits();
            boolean more = round % 2 == 0;

            Frame frame = Wired.frame(Wired.bytes(reply, correlation, more));

            assertThat(frame.isReply()).isTrue();
            assertThat(frame.more()).isEqualTo(more);
            assertThat(frame.correlation()).isEqualTo(correlation);
            assertThat(ReplyCodec.decode(frame)).as("seed %d", seed).isEqualTo(reply);
            frame.release();
        }
    }

    @Test
    void aListingThatDoesNotFitAFrameIsCutAndSaysSo() {
        Rejection large = rejection(Limits.KEY_BYTES_MAX);
        Reply reply = reply(new Reply.Rejections(Collections.nCopies(1000, large), false));

        Reply.Rejections page = (Reply.Rejections) Wired.reply(Wired.bytes(reply, 7, false)).body();

        assertThat(page.more()).isTrue();
        assertThat(page.rejections()).hasSizeBetween(500, 999).containsOnly(large);
    }

    @Test
    void aReplyThatCannotBeSaidLeavesTheBufferAsItWas() {
        ByteBuf out = Unpooled.buffer().writeInt(42);
        Reply tooMany = reply(new Reply.Renewed(Collections.nCopies(5000, new FencingToken(1))));

        assertThatThrownBy(() -> ReplyCodec.encode(tooMany, 7, false, out))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("liveTokens");
        assertThat(out.readableBytes()).isEqualTo(4);
    }

    @Test
    void aLongMessageIsCutToWhatAReplyMaySay() {
        Reply reply = reply(new Reply.Message("é".repeat(Limits.MESSAGE_BYTES_MAX)));

        Reply.Message message = (Reply.Message) Wired.reply(Wired.bytes(reply, 7, false)).body();

        assertThat(message.text()).startsWith("éé").hasSizeLessThan(Limits.MESSAGE_BYTES_MAX);
    }

    /** An old client must not take what it does not understand for a refusal. */
    @Test
    void anUnknownStatusIsAnUnknownOutcome() {
        byte[] bytes = Wired.bytes(reply(Reply.NOTHING), 7, false);
        bytes[Frame.LENGTH_BYTES + Frame.HEADER_BYTES] = 127;

        assertThat(Wired.reply(bytes).status()).isEqualTo(Status.OUTCOME_UNKNOWN);
    }

    private static Reply reply(Reply.Body body) {
        return new Reply(Opcode.PING, Status.OK, 1, HybridTimestamp.ZERO, body);
    }

    private static Rejection rejection(int keyBytes) {
        return new Rejection(
                1,
                HybridTimestamp.ZERO,
                SessionId.NONE,
                SessionLabel.NONE,
                Optional.of(Key.copyOf(new byte[keyBytes])),
                new FenceViolation(
                        FenceReason.EXPIRED,
                        new LockName("l"),
                        FencingToken.NONE,
                        FencingToken.NONE,
                        Optional.empty(),
                        0,
                        HybridTimestamp.ZERO,
                        SessionLabel.NONE),
                true,
                1);
    }
}
