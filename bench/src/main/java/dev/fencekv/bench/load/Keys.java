package dev.fencekv.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The keys of a run: a prefix, then the key's number in decimal, filled with zeros. Stateless. */
public final class Keys {
    /** A prefix of four letters, and a number of up to ten digits. */
    public static final int BYTES_MIN = 14;

    private Keys() {}

    public static byte[] key(Operation operation, int number, int bytes) {
        return key(operation.keyPrefix(), number, bytes);
    }

    public static byte[] key(String prefix, int number, int bytes) {
        byte[] key = new byte[bytes];
        Arrays.fill(key, (byte) '0');
        byte[] head = prefix.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(head, 0, key, 0, head.length);
        int rest = number;
        for (int at = bytes - 1; rest > 0; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return key;
    }
}
