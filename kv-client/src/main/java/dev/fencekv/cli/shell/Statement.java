package dev.fencekv.cli.shell;

import java.util.List;
import java.util.Optional;

/**
 * What was typed to be run at once: a verb with its words, or a block: a verb, lines of its own,
 * and {@code end} on a line alone.
 *
 * @param words the verb and what belongs to it
 * @param block the lines between, each ended by a newline; empty if it is no block
 */
record Statement(List<String> words, Optional<String> block) {
    /** The verb that takes a block. */
    static final String BLOCK_VERB = "txn";

    static final String BLOCK_END = "end";

    Statement {
        words = List.copyOf(words);
    }

    /** Whether more lines have to come. */
    static boolean isUnfinished(String typed) {
        if (!opensBlock(typed)) {
            return Words.of(typed).unfinished() != Words.Unfinished.NO;
        }
        return !endsBlock(typed);
    }

    /** {@code typed} is finished; if it is not, what is there is taken. */
    static Statement of(String typed) {
        if (!opensBlock(typed)) {
            return new Statement(Words.of(typed).texts(), Optional.empty());
        }
        int bodyAt = typed.indexOf('\n') + 1;
        List<String> body =
                bodyAt == 0 ? List.of() : typed.substring(bodyAt).stripTrailing().lines().toList();
        boolean ended = endsBlock(typed);
        StringBuilder block = new StringBuilder();
        for (String line : ended ? body.subList(0, body.size() - 1) : body) {
            block.append(line).append('\n');
        }
        return new Statement(Words.of(firstLine(typed)).texts(), Optional.of(block.toString()));
    }

    /** {@code txn} with options at most: words of another kind would be the whole of it. */
    static boolean opensBlock(String typed) {
        List<String> words = Words.of(firstLine(typed)).texts();
        return !words.isEmpty()
                && words.get(0).equals(BLOCK_VERB)
                && words.stream().noneMatch(word -> word.equals("-h") || word.equals("--help"));
    }

    private static boolean endsBlock(String typed) {
        List<String> lines = typed.stripTrailing().lines().toList();
        return lines.size() > 1 && lines.get(lines.size() - 1).strip().equals(BLOCK_END);
    }

    private static String firstLine(String typed) {
        int end = typed.indexOf('\n');
        return end < 0 ? typed : typed.substring(0, end);
    }
}
