package dev.fencekv.server.resp;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The words of a command, read from left to right. What is not as it should be is a {@link
 * RefusedException}. Owned by one thread.
 */
final class Words {
    private final List<Value> words;
    private int at = 1;

    /**
     * @param words name first
     */
    Words(List<Value> words) {
        this.words = words;
    }

    boolean hasMore() {
        return at < words.size();
    }

    int left() {
        return words.size() - at;
    }

    Value value() {
        if (!hasMore()) {
            throw RefusedException.syntax();
        }
        return words.get(at++);
    }

    Key key() {
        return Key.copyOf(value().toByteArray());
    }

    /** Text that means something, in any case: options, names of commands. */
    String keyword() {
        return value().toUtf8().toUpperCase(Locale.ROOT);
    }

    /** The next keyword, which must be {@code wanted}. */
    void expect(String wanted) {
        if (!keyword().equals(wanted)) {
            throw RefusedException.syntax();
        }
    }

    String text() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value().toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RefusedException("ERR a name must be UTF-8");
        }
    }

    long number() {
        String digits = value().toUtf8();
        try {
            long number = Long.parseLong(digits);
            if (Long.toString(number).equals(digits)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new RefusedException("ERR value is not an integer or out of range");
    }

    LockName lock() {
        return new LockName(text());
    }

    FencingToken token() {
        long number = number();
        if (number < 1) {
            throw new RefusedException("ERR a fencing token is a number above 0");
        }
        return new FencingToken(number);
    }

    Fence fence() {
        LockName lock = lock();
        return new Fence(lock, token());
    }

    /** Every option has been read. */
    void end() {
        if (hasMore()) {
            throw RefusedException.syntax();
        }
    }
}
