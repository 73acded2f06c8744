package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class Hash64Test {
    private static final long SEED = 3;

    /**
     * The constants of the hash: a product with 0 would make all that came before count nothing.
     */
    private static final long[] CONSTANTS = {
        0xa0761d6478bd642fL, 0xe7037ed1a0b428dbL, 0x8ebc6af09c88c6e3L, 0x589965cc75374cc3L
    };

    private static long hash(long seed, byte[] bytes) {
        return Hash64.of(seed, bytes, bytes.length);
    }

    @Test
    void noContentHidesWhatCameBeforeIt() {
        for (long constant : CONSTANTS) {
            for (int at = 0; at <= 24; at += Long.BYTES) {
                byte[] bytes = new byte[32];
                ByteBuffer.wrap(bytes).putLong(at, constant);
                assertThat(hash(1, bytes)).isNotEqualTo(hash(2, bytes));
            }
        }
    }

    @Test
    void everyBitAndTheLengthCount() {
        Random random = new Random(SEED);
        Set<Long> hashes = new HashSet<>();
        int inputs = 0;
        for (int length = 0; length < 70; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            hashes.add(hash(1, bytes));
            hashes.add(hash(2, bytes));
            inputs += 2;
            for (int bit = 0; bit < 8 * length; bit++) {
                byte[] flipped = bytes.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                hashes.add(hash(1, flipped));
                inputs++;
            }
            hashes.add(hash(1, new byte[length + 100]));
            inputs++;
        }
        assertThat(hashes).hasSize(inputs);
    }

    @Test
    void onlyTheFirstBytesAreRead() {
        byte[] bytes = {1, 2, 3, 4, 5};
        assertThat(Hash64.of(1, bytes, 3)).isEqualTo(Hash64.of(1, new byte[] {1, 2, 3}, 3));
    }
}
