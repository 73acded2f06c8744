package dev.fencekv.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever bytes come: a message, or a {@link WireException}, and little memory. */
class HostileBytesTest {
    private static final int STATUS_AT = Frame.LENGTH_BYTES + Frame.HEADER_BYTES;

    private final ProtocolTable table = ProtocolTable.load();
    private final long seed = Seeds.next(HostileBytesTest.class);
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void randomBytesAreRefused() {
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            readOrRefuse(bytes);
        }
    }

    @Test
    void aRandomBodyBehindAGoodHeaderIsRefusedOrRead() {
        for (byte[] golden : goldenFrames()) {
            for (int round = 0; round < 2_000; round++) {
                byte[] bytes = Arrays.copyOf(golden, STATUS_AT + random.nextInt(100));
                byte[] body = new byte[bytes.length - STATUS_AT];
                random.nextBytes(body);
                System.arraycopy(body, 0, bytes, STATUS_AT, body.length);
                readOrRefuse(withTrueLength(bytes));
            }
        }
    }

    @Test
    void aFrameCutAnywhereIsNoFrameYet() {
        for (byte[] golden : goldenFrames()) {
            for (int length = 0; length < golden.length; length++) {
                assertThat(Wired.frames(Arrays.copyOf(golden, length))).isEmpty();
            }
        }
    }

    @Test
    void aBodyCutAnywhereIsRefused() {
        for (byte[] golden : goldenFrames()) {
            for (int length = STATUS_AT; length < golden.length; length++) {
                byte[] cut = withTrueLength(Arrays.copyOf(golden, length));
                assertThatThrownBy(() -> read(cut)).isInstanceOf(WireException.class);
            }
        }
    }

    @Test
    void bytesLeftOverAreRefused() {
        for (byte[] golden : goldenFrames()) {
            byte[] longer = withTrueLength(Arrays.copyOf(golden, golden.length + 1));
            assertThatThrownBy(() -> read(longer))
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("follow the end");
        }
    }

    /** There is one way to write a message: what is read after a flip is what was sent. */
    @Test
    void aFlippedBitIsRefusedOrMeansAnotherMessage() {
        for (byte[] golden : goldenFrames()) {
            for (int bit = 0; bit < golden.length * 8; bit++) {
                byte[] flipped = golden.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                byte[] again = readOrRefuse(flipped);
                boolean statusMayBeUnknown = bit / 8 == STATUS_AT;
                if (again.length > 0 && !statusMayBeUnknown) {
                    assertThat(again).isEqualTo(flipped);
                }
            }
        }
    }

    /** Lengths and counts that cannot be true cost no more than the frame that claims them. */
    @Test
    void aLengthBombAllocatesNothing() {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (byte[] golden : goldenFrames()) {
            for (int at = STATUS_AT; at < golden.length; at++) {
                for (int width : new int[] {1, 2, 4}) {
                    byte[] bomb = golden.clone();
                    Arrays.fill(bomb, at, Math.min(at + width, bomb.length), (byte) 0xFF);
                    Frame frame = Wired.frame(bomb);
                    long before = threads.getCurrentThreadAllocatedBytes();
                    readOrRefuse(frame);
                    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                    assertThat(allocated).isLessThan(64 * 1024);
                }
            }
        }
    }

    @Test
    void aLengthOutOfBoundsEndsTheStream() {
        for (int length :
                new int[] {
                    0,
                    Frame.HEADER_BYTES - 1,
                    Limits.FRAME_BYTES_MAX + 1,
                    Integer.MAX_VALUE,
                    Integer.MIN_VALUE,
                    -1
                }) {
            EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());

            assertThatThrownBy(() -> channel.writeInbound(Unpooled.copyInt(length)))
                    .isInstanceOf(DecoderException.class)
                    .cause()
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("announces");

            ByteBuf good = Unpooled.wrappedBuffer(goldenFrames().get(0));
            assertThat(channel.writeInbound(good)).as("no frame after the broken one").isFalse();
            assertThat(good.refCnt()).isZero();
            channel.finish();
        }
    }

    @Test
    void aHeaderThatCannotBeMeantIsRefusedWithItsCorrelation() {
        byte[] golden = goldenFrames().get(0);
        assertRefused(golden, 4, 2, "speaks version 1");
        assertRefused(golden, 5, 127, "unknown opcode 127");
        assertRefused(golden, 7, 4, "unknown flags 4");
        assertRefused(golden, 16, 0x80, "top bit");
    }

    /** Memory is taken for what has come, not for what was announced. */
    @Test
    void anAnnouncedFrameTakesNoMemoryBeforeItComes() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
        channel.config().setAllocator(allocator);

        channel.writeInbound(allocator.heapBuffer(4).writeInt(Limits.FRAME_BYTES_MAX));
        for (int i = 0; i < 100; i++) {
            channel.writeInbound(allocator.heapBuffer(1).writeByte(1));
        }

        assertThat(allocator.metric().usedHeapMemory()).isLessThan(4096);
        assertThat(channel.pipeline().get(FrameDecoder.class).partialBytes()).isEqualTo(104);
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void framesThatComeByteByByteAreTheSameFrames() {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
        for (byte[] golden : goldenFrames()) {
            for (byte one : golden) {
                channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {one}));
            }
            Frame frame = channel.readInbound();
            assertThat(write(frame)).isEqualTo(golden);
            assertThat(channel.pipeline().get(FrameDecoder.class).partialBytes()).isZero();
        }
        channel.finish();
    }

    @Test
    void aRequestIsNoReplyAndAReplyNoRequest() {
        Frame request = Wired.frame(GoldenFrames.read(table.item("request PING")));
        Frame reply = Wired.frame(GoldenFrames.read(table.item("reply NOTHING")));

        assertThatThrownBy(() -> ReplyCodec.decode(request)).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> RequestCodec.decode(reply)).isInstanceOf(WireException.class);
        request.release();
        reply.release();
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        byte[] release = GoldenFrames.read(table.item("request RELEASE"));
        int nameAt = STATUS_AT + 3 * 8 + 2;
        for (byte[] bad :
                new byte[][] {
                    {(byte) 0xC0, (byte) 0x80},
                    {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                    {(byte) 0xFF},
                    {(byte) 0xF0, (byte) 0x9F, (byte) 0x94}
                }) {
            byte[] bytes = release.clone();
            System.arraycopy(bad, 0, bytes, nameAt, bad.length);
            assertThatThrownBy(() -> read(bytes))
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("UTF-8");
        }
    }

    private void assertRefused(byte[] golden, int at, int value, String complaint) {
        byte[] bytes = golden.clone();
        bytes[at] = (byte) value;
        assertThatThrownBy(() -> Wired.frame(bytes))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.correlation()).isEqualTo(77))
                .hasMessageContaining(complaint);
    }

    /** What the bytes mean, written again; nothing if they were refused as they should be. */
    private byte[] readOrRefuse(byte[] bytes) {
        try {
            byte[] again = new byte[0];
            for (Frame frame : Wired.frames(bytes)) {
                again = write(frame);
            }
            return again;
        } catch (WireException e) {
            return new byte[0];
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + Arrays.toString(bytes), e);
        }
    }

    private static void readOrRefuse(Frame frame) {
        try {
            decode(frame);
        } catch (WireException e) {
            // As it should be.
        } finally {
            frame.release();
        }
    }

    private static Object read(byte[] bytes) {
        Frame frame = Wired.frame(bytes);
        try {
            return decode(frame);
        } finally {
            frame.release();
        }
    }

    private static Object decode(Frame frame) {
        return frame.isReply() ? ReplyCodec.decode(frame) : RequestCodec.decode(frame);
    }

    private static byte[] write(Frame frame) {
        try {
            return frame.isReply()
                    ? Wired.bytes(ReplyCodec.decode(frame), frame.correlation(), frame.more())
                    : Wired.bytes(RequestCodec.decode(frame), frame.correlation(), frame.stamp());
        } finally {
            frame.release();
        }
    }

    private static byte[] withTrueLength(byte[] bytes) {
        ByteBuffer.wrap(bytes).putInt(0, bytes.length - Frame.LENGTH_BYTES);
        return bytes;
    }

    private List<byte[]> goldenFrames() {
        List<byte[]> frames = new ArrayList<>();
        table.items()
                .forEach(
                        item -> {
                            if (item.code() >= 0) {
                                frames.add(GoldenFrames.read(item));
                            }
                        });
        return frames;
    }
}
