package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    private static boolean matches(String pattern, String key) {
        return new Glob(Value.of(pattern)).matches(Key.of(key));
    }

    @ParameterizedTest
    @CsvSource({
        "*, anything, true",
        "a*, abc, true",
        "a*, bac, false",
        "*c, abc, true",
        "*c, abcd, false",
        "a*c*e, abcde, true",
        "a*c*e, abde, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "a[bx]c, abc, true",
        "a[bx]c, axc, true",
        "a[bx]c, acc, false",
        "a[^b]c, abc, false",
        "a[^b]c, axc, true",
        "a[b-d]e, ace, true",
        "a[d-b]e, ace, true",
        "a[b-d]e, aae, false",
        "a\\*c, a*c, true",
        "a\\*c, abc, false",
        "a[\\]]c, a]c, true",
        "a[bc, ab, true",
        "abc, abc, true",
        "abc, abcd, false",
        "abcd, abc, false",
        "abc*, abc, true",
        "abc***, abc, true"
    })
    void patternsMeanWhatTheyMeanInRedis(String pattern, String key, boolean expected) {
        assertThat(matches(pattern, key)).isEqualTo(expected);
    }

    @Test
    void whatIsPlainAtTheBeginningNarrowsTheRange() {
        assertThat(new Glob(Value.of("user:*")).range()).isEqualTo(KeyRange.prefix("user:"));
        assertThat(new Glob(Value.of("user\\*")).range()).isEqualTo(KeyRange.prefix("user"));
        assertThat(new Glob(Value.of("*")).range()).isEqualTo(KeyRange.ALL);
        assertThat(new Glob(Value.of("?a")).range()).isEqualTo(KeyRange.ALL);
    }

    /** Matchers that try every star again take longer than the universe has had. */
    @Test
    @Timeout(10)
    void manyStarsCostLittle() {
        assertThat(matches("a*".repeat(200) + "b", "a".repeat(1000))).isFalse();
    }
}
