package dev.fencekv.cli.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Text taken apart as shells do: words between blanks, quotes of both kinds, backslashes. Nothing
 * is expanded: a dollar, a star, an exclamation mark are themselves. Immutable.
 *
 * <p>Inside single quotes everything is itself; inside double ones a backslash makes the next
 * double quote or backslash itself; outside it makes any character itself.
 */
final class Words {
    private static final String SPECIAL = " \t\n'\"\\";

    /** What keeps the text from being a whole statement. */
    enum Unfinished {
        NO,
        QUOTE,
        BACKSLASH
    }

    /**
     * @param text without quotes and backslashes
     * @param start of what was typed, in characters
     * @param end one past what was typed
     */
    record Word(String text, int start, int end) {}

    private final String typed;
    private final List<Word> all = new ArrayList<>();
    private Unfinished unfinished = Unfinished.NO;

    private Words(String typed) {
        this.typed = typed;
        int at = skipBlanks(0);
        while (at < typed.length()) {
            at = skipBlanks(read(at));
        }
    }

    static Words of(String typed) {
        return new Words(typed);
    }

    List<String> texts() {
        return all.stream().map(Word::text).toList();
    }

    List<Word> all() {
        return List.copyOf(all);
    }

    Unfinished unfinished() {
        return unfinished;
    }

    private int skipBlanks(int from) {
        int at = from;
        while (at < typed.length() && Character.isWhitespace(typed.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Reads the word that begins there; returns where it ends. */
    private int read(int start) {
        StringBuilder text = new StringBuilder();
        char quote = 0;
        int at = start;
        while (at < typed.length()) {
            char each = typed.charAt(at);
            if (quote == 0 && Character.isWhitespace(each)) {
                break;
            }
            at++;
            if (each == '\\' && quote != '\'') {
                if (at == typed.length()) {
                    unfinished = Unfinished.BACKSLASH;
                    break;
                }
                char next = typed.charAt(at++);
                if (next == '\n') {
                    continue; // The line goes on.
                }
                if (quote == '"' && next != '"' && next != '\\') {
                    text.append(each);
                }
                text.append(next);
            } else if (each == quote) {
                quote = 0;
            } else if (quote == 0 && (each == '\'' || each == '"')) {
                quote = each;
            } else {
                text.append(each);
            }
        }
        if (quote != 0) {
            unfinished = Unfinished.QUOTE;
        }
        boolean onlyJoinsLines = text.isEmpty() && isJoint(start, at);
        if (!onlyJoinsLines) {
            all.add(new Word(text.toString(), start, at));
        }
        return at;
    }

    private boolean isJoint(int start, int end) {
        return typed.substring(start, end).replace("\\\n", "").replace("\\", "").isEmpty();
    }

    /**
     * How {@code word} has to be typed so that it reads as itself.
     *
     * @param quote the quote that was opened before it, or 0
     * @param closed whether the quote is closed behind it
     */
    static String typed(String word, char quote, boolean closed) {
        if (quote == '\'') {
            return quote + word.replace("'", "'\\''") + (closed ? "'" : "");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            char each = word.charAt(i);
            boolean special = quote == 0 ? SPECIAL.indexOf(each) >= 0 : each == '"' || each == '\\';
            if (special) {
                out.append('\\');
            }
            out.append(each);
        }
        return quote == 0 ? out.toString() : quote + out.toString() + (closed ? quote : "");
    }
}
