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
    static final class Line implements CompletingParsedLine {
        private final String line;
        private final int cursor;

        /** Whether the cursor is in a line of a block. */
        private final boolean inBlock;

        /** Of the line that the cursor is in, that at the cursor the last. */
        private final List<String> words;

        /** Where the word at the cursor begins. */
        private final int wordStart;

        Line(String line, int cursor) {
            this.line = line;
            this.cursor = Math.min(cursor, line.length());
            String before = line.substring(0, this.cursor);
            int lineStart = Statement.opensBlock(before) ? before.lastIndexOf('\n') + 1 : 0;
            this.inBlock = lineStart > 0;
            this.words = new ArrayList<>();
            if (inBlock) {
                BlockWords read = BlockWords.of(before.substring(lineStart));
                words.addAll(read.before());
                words.add(read.begun());
                this.wordStart = lineStart + read.begunAt();
            } else {
                List<Words.Word> all = Words.of(before).all();
                all.forEach(each -> words.add(each.text()));
                Words.Word last = all.isEmpty() ? null : all.get(all.size() - 1);
                boolean inWord = last != null && last.end() == this.cursor;
                this.wordStart = inWord ? last.start() : this.cursor;
                if (!inWord) {
                    words.add("");
                }
            }
        }

        boolean isInBlock() {
            return inBlock;
        }

        @Override
        public String word() {
            return words.get(wordIndex());
        }

        @Override
        public int wordCursor() {
            return word().length();
        }

        @Override
        public int wordIndex() {
            return words.size() - 1;
        }

        @Override
        public List<String> words() {
            return List.copyOf(words);
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
            String text = candidate.toString();
            return inBlock
                    ? BlockWords.typed(text, quote() == '"', complete)
                    : Words.typed(text, quote(), complete);
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
