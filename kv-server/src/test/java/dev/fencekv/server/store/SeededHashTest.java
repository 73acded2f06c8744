package dev.fencekv.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class SeededHashTest {
    /** From the reference implementation of SipHash-2-4: key 00..0f, input 00..(length-1). */
    @Test
    void givesTheReferenceVectorsOfSipHash() {
        SeededHash hash = new SeededHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

        assertThat(hashOfCounting(hash, 1)).isEqualTo(0x74f839c593dc67fdL);
        assertThat(hashOfCounting(hash, 7)).isEqualTo(0xab0200f58b01d137L);
        assertThat(hashOfCounting(hash, 8)).isEqualTo(0x93f5f5799a932462L);
        assertThat(hashOfCounting(hash, 15)).isEqualTo(0xa129ca6149be45e5L);
    }

    @Test
    void anotherSeedGivesAnotherHash() {
        assertThat(hashOfCounting(SeededHash.of(1), 8))
                .isNotEqualTo(hashOfCounting(SeededHash.of(2), 8));
    }

    /** Of 00..(length-1), which do not begin where the buffer does. */
    private static long hashOfCounting(SeededHash hash, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(3 + length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            bytes.put(3 + i, (byte) i);
        }
        return hash.hash(bytes, 3, length);
    }
}
