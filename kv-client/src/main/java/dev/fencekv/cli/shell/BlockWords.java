package dev.fencekv.cli.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of a line inside a block, as far as it is typed. Lines of transactions know double
 * quotes alone, inside which a backslash keeps the next letter as it is: otherwise than {@link
 * Words}. Immutable.
 */
final class BlockWords {
    private static final char QUOTE = '"';

    private final String typed;
    private final List<String> texts = new ArrayList<>();

    /** Where the last word begins, if the line ends in it; else its end. */
    private int lastStart;

    private boolean endsInWord;

    private BlockWords(String typed) {
        this.typed = typed;
        int at = 0;
        this.lastStart = typed.length();
        while (at < typed.length()) {
            at = Character.isWhitespace(typed.charAt(at)) ? at + 1 : read(at);
        }
    }

    static BlockWords of(String typed) {
        return new BlockWords(typed);
    }

    /** Reads the word that begins there; returns where it ends. */
    private int read(int start) {
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        int at = start;
        while (at < typed.length() && (quoted || !Character.isWhitespace(typed.charAt(at)))) {
            char each = typed.charAt(at++);
            if (quoted && each == '\\' && at < typed.length()) {
                text.append(typed.charAt(at++));
            } else if (each == QUOTE) {
                quoted = !quoted;
            } else {
                text.append(each);
            }
        }
        texts.add(text.toString());
        if (at == typed.length()) {
            lastStart = start;
            endsInWord = true;
        }
        return at;
    }

    /** Those before the one that is being typed. */
    List<String> before() {
        return List.copyOf(endsInWord ? texts.subList(0, texts.size() - 1) : texts);
    }

    /** What is there of the one that is being typed. */
    String begun() {
        return endsInWord ? texts.get(texts.size() - 1) : "";
    }

    /** Where that begins in the line. */
    int begunAt() {
        return lastStart;
    }

    /**
     * How {@code word} has to be typed so that it reads as itself.
     *
     * @param quoted whether it is to stand in quotes even if it need not
     * @param closed whether the quote is closed behind it
     */
    static String typed(String word, boolean quoted, boolean closed) {
        if (!quoted && !needsQuotes(word)) {
            return word;
        }
        StringBuilder out = new StringBuilder().append(QUOTE);
        for (int i = 0; i < word.length(); i++) {
            char each = word.charAt(i);
            if (each == QUOTE || each == '\\') {
                out.append('\\');
            }
            out.append(each);
        }
        return closed ? out.append(QUOTE).toString() : out.toString();
    }

    private static boolean needsQuotes(String word) {
        return word.isEmpty()
                || word.indexOf(QUOTE) >= 0
                || word.chars().anyMatch(Character::isWhitespace);
    }
}
