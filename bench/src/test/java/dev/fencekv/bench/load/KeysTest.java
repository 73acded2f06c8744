package dev.fencekv.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KeysTest {
    @Test
    void keysAreEquallyLongAndReadable() {
        assertThat(text(Keys.key(Operation.PUT, 0, 16))).isEqualTo("key-000000000000");
        assertThat(text(Keys.key(Operation.PUT_FENCED, 4711, 16))).isEqualTo("fen-000000004711");
        assertThat(text(Keys.key(Operation.PUT, Integer.MAX_VALUE, Keys.BYTES_MIN)))
                .isEqualTo("key-2147483647");
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.US_ASCII);
    }
}
