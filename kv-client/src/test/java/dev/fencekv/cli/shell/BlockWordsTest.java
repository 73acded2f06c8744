package dev.fencekv.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.cli.TransactionText;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Operation;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BlockWordsTest {
    private static void check(String typed, List<String> before, String begun, int begunAt) {
        BlockWords words = BlockWords.of(typed);
        assertThat(words.before()).as(typed).isEqualTo(before);
        assertThat(words.begun()).as(typed).isEqualTo(begun);
        assertThat(words.begunAt()).as(typed).isEqualTo(begunAt);
    }

    @Test
    void theWordAtTheEndIsBegun() {
        check("", List.of(), "", 0);
        check("th", List.of(), "th", 0);
        check("  then pu", List.of("then"), "pu", 7);
        check("then put ", List.of("then", "put"), "", 9);
    }

    @Test
    void doubleQuotesKeepTogetherAndNothingElseDoes() {
        check("then put \"two wor", List.of("then", "put"), "two wor", 9);
        check("then put \"a \\\" b\" ", List.of("then", "put", "a \" b"), "", 18);
        check("then put it's a\\", List.of("then", "put", "it's"), "a\\", 14);
        check("then put a \"\"", List.of("then", "put", "a"), "", 11);
    }

    @Test
    void whatIsTypedForAWordReadsAsTheWord() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "ab '\"\\!$\t#";
        for (int run = 0; run < 2000; run++) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                word.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (boolean quoted : new boolean[] {false, true}) {
                String typed = BlockWords.typed(word.toString(), quoted, true);
                assertThat(TransactionText.read(List.of("then get " + typed)).then())
                        .as("seed %d: %s", seed, typed)
                        .containsExactly(Operation.get(Key.of(word.toString())));
                check("then get " + typed, List.of("then", "get"), word.toString(), 9);
            }
        }
    }
}
