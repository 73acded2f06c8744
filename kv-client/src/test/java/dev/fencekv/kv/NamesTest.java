package dev.fencekv.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A name is what the JDK can write as UTF-8, within its limits, and what people can read. */
class NamesTest {
    private static final long SEED = 7;

    /** Around the borders of UTF-8's lengths; surrogates alone and in pairs; control characters. */
    private static final String[] PIECES = {
        "a",
        "\u007e",
        "\u007f",
        "\u0080",
        "\u009f",
        "\u00a0",
        "\u07ff",
        "\u0800",
        "\ud7ff",
        "\ud800",
        "\udbff",
        "\udc00",
        "\udfff",
        "\ue000",
        "\uffff",
        "\ud83d\udd12",
        "\n",
        "\u0000"
    };

    @Test
    void whatIsANameAgreesWithTheJdk() {
        Random random = new Random(SEED);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int piece = random.nextInt(6); piece > 0; piece--) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            text.append("x".repeat(random.nextInt(4) == 0 ? random.nextInt(140) : 0));
            assertThat(isName(text.toString())).as("%s", text).isEqualTo(couldBe(text.toString()));
        }
    }

    private static boolean isName(String text) {
        try {
            return new LockName(text).value().equals(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean couldBe(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return bytes >= 1
                && bytes <= Limits.LOCK_NAME_BYTES_MAX
                && StandardCharsets.UTF_8.newEncoder().canEncode(text)
                && text.chars().noneMatch(Character::isISOControl);
    }
}
