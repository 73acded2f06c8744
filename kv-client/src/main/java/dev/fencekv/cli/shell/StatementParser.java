package dev.fencekv.cli.shell;

import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/** Tells the line editor where words are, and when Enter ends a statement. Stateless. */
final class StatementParser implements Parser {
    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        boolean entered =
                context == ParseContext.ACCEPT_LINE || context == ParseContext.UNSPECIFIED;
        if (entered && Statement.isUnfinished(line)) {
            throw new EOFError(-1, -1, "more lines have to come", "");
        }
        return new Line(line, cursor);
    }

    @Override
    public boolean isEscapeChar(char each) {
        return each == '\\';
    }

    /** As far as the cursor: what stands behind it does not matter to what may stand before it. */
    private static final class Line implements CompletingParsedLine {
        private final String line;
        private final int cursor;

        /** Of the line that the cursor is in. */
        private final List<String> words;

        private final String word;

        /** Where the word at the cursor begins. */
        private final int wordStart;

        Line(String line, int cursor) {
            this.line = line;
            this.cursor = Math.min(cursor, line.length());
            String before = line.substring(0, this.cursor);
            int lineStart = Statement.opensBlock(before) ? before.lastIndexOf('\n') + 1 : 0;
            List<Words.Word> all = Words.of(before.substring(lineStart)).all();
            Words.Word last = all.isEmpty() ? null : all.get(all.size() - 1);
            boolean inWord = last != null && lineStart + last.end() == this.cursor;
            this.word = inWord ? last.text() : "";
            this.wordStart = inWord ? lineStart + last.start() : this.cursor;
            List<String> texts = new ArrayList<>();
            all.forEach(each -> texts.add(each.text()));
            if (!inWord) {
                texts.add("");
            }
            this.words = List.copyOf(texts);
        }

        @Override
        public String word() {
            return word;
        }

        @Override
        public int wordCursor() {
            return word.length();
        }

        @Override
        public int wordIndex() {
            return words.size() - 1;
        }

        @Override
        public List<String> words() {
            return words;
        }

        @Override
        public String line() {
            return line;
        }

        @Override
        public int cursor() {
            return cursor;
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return Words.typed(candidate.toString(), quote(), complete);
        }

        /** The quote that the word at the cursor began with, or 0. */
        private char quote() {
            char first = wordStart < cursor ? line.charAt(wordStart) : 0;
            return first == '\'' || first == '"' ? first : 0;
        }

        @Override
        public int rawWordCursor() {
            return cursor - wordStart;
        }

        @Override
        public int rawWordLength() {
            return cursor - wordStart;
        }
    }
}
