package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RespDecoderTest {
    private final RespDecoder decoder = new RespDecoder();
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    @AfterEach
    void nothingIsLeaked() {
        channel.finishAndReleaseAll();
    }

    private List<RespRequest> decoded(String bytes) {
        return decoded(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
    }

    private List<RespRequest> decoded(ByteBuf bytes) {
        channel.writeInbound(bytes);
        List<RespRequest> requests = new ArrayList<>();
        for (RespRequest next = channel.readInbound(); next != null; next = channel.readInbound()) {
            requests.add(next);
        }
        return requests;
    }

    private static List<String> words(RespRequest request) {
        return request.words().stream().map(Value::toUtf8).toList();
    }

    private static String array(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString();
    }

    // --- what clients send ---------------------------------------------------------------------

    @Test
    void anArrayOfStringsIsACommand() {
        List<RespRequest> requests = decoded(array("SET", "a b", "\r\n\0") + array("GET", ""));
        assertThat(requests)
                .map(RespDecoderTest::words)
                .containsExactly(List.of("SET", "a b", "\r\n\0"), List.of("GET", ""));
        assertThat(requests).allMatch(RespRequest::isExecutable);
        assertThat(decoder.partialBytes()).isZero();
    }

    @Test
    void aLineOfWordsIsACommand() {
        assertThat(decoded("\r\n  SET\ta  b \r\nPING\n"))
                .map(RespDecoderTest::words)
                .containsExactly(List.of("SET", "a", "b"), List.of("PING"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*0\r\n", "*-1\r\n", "\r\n", "\n"})
    void whatSaysNothingIsNotAnswered(String nothing) {
        assertThat(decoded(nothing + array("PING")))
                .map(RespDecoderTest::words)
                .containsExactly(List.of("PING"));
    }

    @Test
    void howTheBytesAreCutDoesNotMatter() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StringBuilder stream = new StringBuilder();
        List<List<String>> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String[] words = new String[1 + random.nextInt(5)];
            for (int word = 0; word < words.length; word++) {
                byte[] bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
                for (int at = 0; at < bytes.length; at++) {
                    bytes[at] &= 0x7f;
                }
                words[word] = new String(bytes, StandardCharsets.ISO_8859_1);
            }
            sent.add(Arrays.asList(words));
            stream.append(array(words));
        }
        List<List<String>> came = new ArrayList<>();
        for (int at = 0; at < stream.length(); ) {
            int end = Math.min(stream.length(), at + 1 + random.nextInt(50));
            decoded(stream.substring(at, end)).forEach(each -> came.add(words(each)));
            at = end;
        }
        assertThat(came).as("seed %d", seed).isEqualTo(sent);
        assertThat(decoder.partialBytes()).isZero();
    }

    @Test
    void theLargestValueIsTaken() {
        String value = "x".repeat(Limits.VALUE_BYTES_MAX);
        List<RespRequest> requests = decoded(array("SET", "k", value));
        assertThat(requests.get(0).words().get(2).length()).isEqualTo(Limits.VALUE_BYTES_MAX);
    }

    // --- what is too large ---------------------------------------------------------------------

    @Test
    void whatIsTooLargeIsSkippedAndTheNextCommandIsUnderstood() {
        String value = "x".repeat(Limits.VALUE_BYTES_MAX + 1);
        List<RespRequest> requests = decoded(array("SET", "k", value, "NX") + array("GET", "k"));
        assertThat(requests.get(0).isExecutable()).isFalse();
        assertThat(requests.get(0).trouble()).startsWith("TOO_LARGE an argument may have 524288");
        assertThat(requests.get(0).last()).isFalse();
        assertThat(words(requests.get(1))).containsExactly("GET", "k");
    }

    @Test
    void argumentsThatAreTooMuchTogetherAreSkippedToo() {
        String half = "x".repeat(Limits.VALUE_BYTES_MAX);
        List<RespRequest> requests =
                decoded(array("MSET", "a", half, "b", half, "c", half) + array("PING"));
        assertThat(requests.get(0).trouble()).startsWith("TOO_LARGE a command may have 1048576");
        assertThat(words(requests.get(1))).containsExactly("PING");
    }

    @Test
    void whatIsSkippedIsNotKept() {
        decoded("*2\r\n$4\r\nECHO\r\n$400000000\r\n");
        byte[] chunk = new byte[64 * 1024];
        for (int i = 0; i < 100; i++) {
            assertThat(decoded(Unpooled.wrappedBuffer(chunk))).isEmpty();
            assertThat(decoder.partialBytes()).isZero();
        }
    }

    @Test
    void whatIsAnnouncedTakesNoMemory() {
        decoded("*4096\r\n$524288\r\n");
        assertThat(decoder.partialBytes()).isLessThan(1_000);
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void halfACommandCounts() {
        decoded("*2\r\n$4\r\nECHO\r\n$1000\r\n" + "x".repeat(500));
        assertThat(decoder.partialBytes()).isGreaterThan(500);
    }

    // --- what is hostile -----------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*99999999999999999999\r\n",
                "*2147483647\r\n",
                "*4097\r\n",
                "*+1\r\n$4\r\nPING\r\n",
                "* 1\r\n",
                "*1\n$4\r\nPING\r\n",
                "*x\r\n",
                "*\r\n",
                "*1\r\n:4\r\nPING\r\n",
                "*1\r\n+PING\r\n",
                "*1\r\n*1\r\n$4\r\nPING\r\n",
                "*1\r\n$-1\r\n",
                "*1\r\n$2147483648\r\n",
                "*1\r\n$9999999999999999999\r\n",
                "*1\r\n$536870913\r\n",
                "*1\r\n$\r\n\r\n",
                "*1\r\n$4\r\nPINGPONG\r\n",
                "*1\r\n$4\r\nPING\n\r",
                "SET a \"b\"\r\n",
                "POST / HTTP/1.1\r\n",
                "Host: localhost\r\n"
            })
    void whatIsNoRespEndsTheConnectionOnce(String hostile) {
        List<RespRequest> requests = decoded(hostile + array("PING") + array("PING"));
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).isExecutable()).isFalse();
        assertThat(requests.get(0).last()).isTrue();
        assertThat(requests.get(0).trouble()).startsWith("ERR Protocol error: ");
        assertThat(decoded(array("PING"))).isEmpty();
        assertThat(decoder.partialBytes()).isZero();
    }

    @Test
    void aLineWithoutEndIsNotKept() {
        List<RespRequest> requests = decoded("a".repeat(RespLimits.LINE_BYTES_MAX + 1));
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).last()).isTrue();
    }

    @Test
    void whateverComesNothingIsThrownAndLittleIsKept() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String alphabet = "*$:+-0123456789\r\nPING \"'x\0";
        for (int round = 0; round < 2000; round++) {
            RespDecoder fuzzed = new RespDecoder();
            EmbeddedChannel pipe = new EmbeddedChannel(fuzzed);
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "*2\r\n$4\r\nECHO" : "");
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(8));
                pipe.writeInbound(
                        Unpooled.copiedBuffer(
                                text.substring(at, end), StandardCharsets.ISO_8859_1));
                at = end;
            }
            assertThat(fuzzed.partialBytes()).as("seed %d", seed).isLessThan(10_000);
            pipe.finishAndReleaseAll();
        }
    }
}
