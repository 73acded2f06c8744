package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Value;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RespEncoderTest {
    private static String encoded(RespReply reply, int version) {
        ByteBuf out = Unpooled.buffer();
        RespEncoder.encode(reply, version, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void repliesOfBothVersions() {
        for (int version = 2; version <= 3; version++) {
            assertThat(encoded(RespReply.OK, version)).isEqualTo("+OK\r\n");
            assertThat(encoded(RespReply.number(-7), version)).isEqualTo(":-7\r\n");
            assertThat(encoded(RespReply.text("aß"), version)).isEqualTo("$3\r\naß\r\n");
            assertThat(encoded(RespReply.text(""), version)).isEqualTo("$0\r\n\r\n");
            assertThat(encoded(new RespReply.Error("ERR no"), version)).isEqualTo("-ERR no\r\n");
            assertThat(encoded(RespReply.EMPTY, version)).isEqualTo("*0\r\n");
        }
    }

    @Test
    void repliesThatTheVersionsSpellDifferently() {
        RespReply table = RespReply.table("a", 1, "b", RespReply.NULL);
        assertThat(encoded(table, 2)).isEqualTo("*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n$-1\r\n");
        assertThat(encoded(table, 3)).isEqualTo("%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n_\r\n");
        RespReply truths =
                new RespReply.Array(List.of(new RespReply.Truth(true), new RespReply.Truth(false)));
        assertThat(encoded(truths, 2)).isEqualTo("*2\r\n:1\r\n:0\r\n");
        assertThat(encoded(truths, 3)).isEqualTo("*2\r\n#t\r\n#f\r\n");
    }

    @Test
    void bytesOfAnyKindAreKeptAsTheyAre() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        ByteBuf out = Unpooled.buffer();
        RespEncoder.encode(new RespReply.Bulk(Value.copyOf(bytes)), 2, out);
        out.skipBytes("$256\r\n".length());
        byte[] came = new byte[256];
        out.readBytes(came);
        assertThat(came).isEqualTo(bytes);
    }

    @Test
    void noTextCanBeginAnotherReply() {
        assertThat(encoded(new RespReply.Error("ERR a\r\n+OK"), 2)).isEqualTo("-ERR a  +OK\r\n");
        assertThat(encoded(new RespReply.Simple("a\nb"), 2)).isEqualTo("+a b\r\n");
    }
}
