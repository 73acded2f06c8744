package dev.fencekv.server.resp;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import java.util.Arrays;

/**
 * A pattern of Redis over bytes: {@code *} any bytes, {@code ?} any one, {@code [a-c]} and {@code
 * [^abc]} one of a set, a backslash before what shall mean itself. Immutable.
 */
final class Glob {
    private final byte[] pattern;

    Glob(Value pattern) {
        this.pattern = pattern.toByteArray();
    }

    /** The keys that can match at all, by what the pattern begins with. */
    KeyRange range() {
        int plain = 0;
        while (plain < pattern.length && "*?[\\".indexOf(pattern[plain]) < 0) {
            plain++;
        }
        return plain == 0 || plain > Limits.KEY_BYTES_MAX
                ? KeyRange.ALL
                : KeyRange.prefix(Key.copyOf(Arrays.copyOf(pattern, plain)));
    }

    /**
     * Whether it matches all of {@code key}. Costs at most the product of both lengths: only the
     * last star is ever tried again.
     */
    boolean matches(Key key) {
        int at = 0;
        int in = 0;
        int star = -1;
        int starIn = 0;
        while (in < key.length()) {
            if (at < pattern.length && pattern[at] == '*') {
                star = at++;
                starIn = in;
            } else if (at < pattern.length && matchesOne(at, key.byteAt(in))) {
                at = after(at);
                in++;
            } else if (star >= 0) {
                at = star + 1;
                in = ++starIn;
            } else {
                return false;
            }
        }
        while (at < pattern.length && pattern[at] == '*') {
            at++;
        }
        return at == pattern.length;
    }

    private boolean matchesOne(int at, byte one) {
        return switch (pattern[at]) {
            case '?' -> true;
            case '[' -> isOfSet(at, one & 0xff);
            case '\\' -> pattern[Math.min(at + 1, pattern.length - 1)] == one;
            default -> pattern[at] == one;
        };
    }

    /** Where the element that begins at {@code at} is over. */
    private int after(int at) {
        return switch (pattern[at]) {
            case '[' -> Math.min(setEnd(at) + 1, pattern.length);
            case '\\' -> Math.min(at + 2, pattern.length);
            default -> at + 1;
        };
    }

    /** Of the closing bracket; of the pattern's end if there is none, as in Redis. */
    private int setEnd(int at) {
        int end = at + 1;
        while (end < pattern.length && pattern[end] != ']') {
            end += pattern[end] == '\\' ? 2 : 1;
        }
        return Math.min(end, pattern.length);
    }

    private boolean isOfSet(int at, int one) {
        int end = setEnd(at);
        int next = at + 1;
        boolean negated = next < end && pattern[next] == '^';
        if (negated) {
            next++;
        }
        boolean found = false;
        while (next < end) {
            if (pattern[next] == '\\' && next + 1 < end) {
                found |= (pattern[next + 1] & 0xff) == one;
                next += 2;
            } else if (next + 2 < end && pattern[next + 1] == '-') {
                int first = pattern[next] & 0xff;
                int last = pattern[next + 2] & 0xff;
                found |= one >= Math.min(first, last) && one <= Math.max(first, last);
                next += 3;
            } else {
                found |= (pattern[next] & 0xff) == one;
                next++;
            }
        }
        return found != negated;
    }
}
