package dev.fencekv.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Key;
import org.junit.jupiter.api.Test;

class SeededHashTest {
    /** From the reference implementation of SipHash-2-4: key 00..0f, input 00..(length-1). */
    @Test
    void givesTheReferenceVectorsOfSipHash() {
        SeededHash hash = new SeededHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

        assertThat(hash.hash(counting(1))).isEqualTo(0x74f839c593dc67fdL);
        assertThat(hash.hash(counting(7))).isEqualTo(0xab0200f58b01d137L);
        assertThat(hash.hash(counting(8))).isEqualTo(0x93f5f5799a932462L);
        assertThat(hash.hash(counting(15))).isEqualTo(0xa129ca6149be45e5L);
    }

    @Test
    void anotherSeedGivesAnotherHash() {
        assertThat(SeededHash.of(1).hash(counting(8)))
                .isNotEqualTo(SeededHash.of(2).hash(counting(8)));
    }

    private static Key counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return Key.copyOf(bytes);
    }
}
