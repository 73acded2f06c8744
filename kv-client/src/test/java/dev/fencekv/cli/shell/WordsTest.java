package dev.fencekv.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static List<String> words(String typed) {
        return Words.of(typed).texts();
    }

    @Test
    void blanksSeparateAndQuotesKeepTogether() {
        assertThat(words("  put  a\thello ")).containsExactly("put", "a", "hello");
        assertThat(words("put a 'two words'")).containsExactly("put", "a", "two words");
        assertThat(words("put a \"it's\"")).containsExactly("put", "a", "it's");
        assertThat(words("put a x'y z'\"!\"")).containsExactly("put", "a", "xy z!");
        assertThat(words("")).isEmpty();
    }

    @Test
    void anEmptyValueIsAWord() {
        assertThat(words("put a ''")).containsExactly("put", "a", "");
        assertThat(words("put a \"\" --if-absent")).containsExactly("put", "a", "", "--if-absent");
    }

    @Test
    void backslashesMakeTheNextCharacterItself() {
        assertThat(words("put a\\ b \\'")).containsExactly("put", "a b", "'");
        assertThat(words("put a \"\\\"\\\\\\n\"")).containsExactly("put", "a", "\"\\\\n");
        assertThat(words("put a '\\n'")).containsExactly("put", "a", "\\n");
    }

    @Test
    void nothingIsExpanded() {
        assertThat(words("put a $HOME*!!~`x`")).containsExactly("put", "a", "$HOME*!!~`x`");
    }

    @Test
    void aBackslashAtTheEndOfALineJoinsIt() {
        assertThat(words("put \\\na 1")).containsExactly("put", "a", "1");
        assertThat(words("put a\\\nb 1")).containsExactly("put", "ab", "1");
    }

    @Test
    void whatIsOpenIsTold() {
        assertThat(Words.of("put a 'x").unfinished()).isEqualTo(Words.Unfinished.QUOTE);
        assertThat(Words.of("put a \\").unfinished()).isEqualTo(Words.Unfinished.BACKSLASH);
        assertThat(Words.of("put a '\\'").unfinished()).isEqualTo(Words.Unfinished.NO);
    }

    @Test
    void whatIsTypedForAWordReadsAsTheWord() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "ab '\"\\!$\t";
        for (int run = 0; run < 2000; run++) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                word.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (char quote : new char[] {0, '\'', '"'}) {
                String typed = Words.typed(word.toString(), quote, true);
                assertThat(words("put " + typed + " end"))
                        .as("seed %d: %s", seed, typed)
                        .containsExactly("put", word.toString(), "end");
            }
        }
    }
}
