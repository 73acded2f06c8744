package dev.fencekv.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What version 1 wrote stays readable for ever, and is still what we write. */
class GoldenFramesTest {
    private static final long CORRELATION = 77;

    private final ProtocolTable table = ProtocolTable.load();

    @ParameterizedTest
    @EnumSource(Opcode.class)
    void requestsOfVersionOneAreReadAndWrittenAsEver(Opcode opcode) {
        Request expected = GoldenMessages.request(opcode);
        byte[] encoded = Wired.bytes(expected, CORRELATION, GoldenMessages.SEEN);

        byte[] golden = golden(table.item("request " + opcode), encoded);

        Frame frame = Wired.frame(golden);
        assertThat(frame.version()).isEqualTo(1);
        assertThat(frame.correlation()).isEqualTo(CORRELATION);
        assertThat(frame.stamp()).isEqualTo(GoldenMessages.SEEN);
        assertThat(RequestCodec.decode(frame)).isEqualTo(expected);
        assertThat(encoded).isEqualTo(golden);
        frame.release();
    }

    @ParameterizedTest
    @EnumSource(Reply.BodyKind.class)
    void repliesOfVersionOneAreReadAndWrittenAsEver(Reply.BodyKind kind) {
        Reply expected = GoldenMessages.reply(kind);
        byte[] encoded = Wired.bytes(expected, CORRELATION, GoldenMessages.more(kind));

        byte[] golden = golden(table.item("reply " + kind), encoded);

        Frame frame = Wired.frame(golden);
        assertThat(frame.version()).isEqualTo(1);
        assertThat(frame.correlation()).isEqualTo(CORRELATION);
        assertThat(frame.more()).isEqualTo(GoldenMessages.more(kind));
        assertThat(ReplyCodec.decode(frame)).isEqualTo(expected);
        assertThat(encoded).isEqualTo(golden);
        frame.release();
    }

    /** {@code -Dprotocol.rewrite=true} writes the frame of a new message, never an old one's. */
    private byte[] golden(ProtocolTable.Item message, byte[] encoded) {
        if (Boolean.getBoolean("protocol.rewrite") && Files.notExists(GoldenFrames.path(message))) {
            GoldenFrames.create(table, message, encoded);
        }
        return GoldenFrames.read(message);
    }
}
