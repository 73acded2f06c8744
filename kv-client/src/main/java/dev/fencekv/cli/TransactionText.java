package dev.fencekv.cli;

import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads transactions as people write them, a line for each comparison and operation:
 *
 * <pre>
 * if absent KEY                         if exists KEY
 * if value KEY = TEXT                   also !=, &lt;, &gt;
 * if modified KEY = N                   also created, version, token, owner
 * then put KEY VALUE [ephemeral] [ttl 30s] [prev]
 * then delete KEY [prev]                then get KEY
 * then delete-prefix PREFIX             then delete-range FROM TO      an empty TO: to the last key
 * then incr KEY [N]                     then append KEY VALUE
 * then expire KEY 30s                   then expire KEY never
 * then acquire LOCK [owner N]
 * else ...                              as then: if a comparison does not hold
 * </pre>
 *
 * <p>Words are parted by blanks; one with blanks in it, or none at all, stands in double quotes, in
 * which a backslash keeps the next letter as it is. Lines that are empty or begin with {@code #}
 * say nothing. Stateless.
 */
public final class TransactionText {
    private TransactionText() {}

    /** Throws IllegalArgumentException, with the line, for what is not understood. */
    public static Transaction read(List<String> lines) {
        List<Comparison> comparisons = new ArrayList<>();
        List<Operation> then = new ArrayList<>();
        List<Operation> orElse = new ArrayList<>();
        for (String line : lines) {
            Deque<String> words = words(line);
            if (words.isEmpty()) {
                continue;
            }
            try {
                String first = words.pop();
                switch (first) {
                    case "if" -> comparisons.add(comparison(words));
                    case "then" -> then.add(operation(words));
                    case "else" -> orElse.add(operation(words));
                    default ->
                            throw new IllegalArgumentException(
                                    "begins with '" + first + "', want if, then or else");
                }
                if (!words.isEmpty()) {
                    throw new IllegalArgumentException("'" + words.peek() + "' is too much");
                }
            } catch (IllegalArgumentException | TypeConversionException e) {
                throw new IllegalArgumentException(
                        "not understood: " + line.strip() + ": " + e.getMessage(), e);
            }
        }
        return new Transaction(comparisons, then, orElse);
    }

    private static Comparison comparison(Deque<String> words) {
        String what = next(words, "absent, exists, value, modified, created, version ...");
        Key key = Key.of(next(words, "a key"));
        return switch (what) {
            case "absent" -> Comparison.absent(key);
            case "exists" -> Comparison.exists(key);
            case "value" ->
                    Comparison.value(key, operator(words), Value.of(next(words, "a value")));
            case "modified" -> number(key, Comparison.Subject.MODIFY_REVISION, words);
            case "created" -> number(key, Comparison.Subject.CREATE_REVISION, words);
            case "version" -> number(key, Comparison.Subject.VERSION, words);
            case "token" ->
                    Comparison.number(
                            key,
                            Comparison.Subject.TOKEN,
                            operator(words),
                            token(next(words, "a token")));
            case "owner" -> number(key, Comparison.Subject.OWNER, words);
            default ->
                    throw new IllegalArgumentException(
                            "'"
                                    + what
                                    + "' cannot be compared; want absent, exists, value, modified,"
                                    + " created, version, token or owner");
        };
    }

    private static Comparison number(Key key, Comparison.Subject subject, Deque<String> words) {
        return Comparison.number(key, subject, operator(words), number(next(words, "a number")));
    }

    private static long token(String text) {
        return text.equals("none") ? 0 : FencingToken.parse(text).value();
    }

    private static Comparison.Operator operator(Deque<String> words) {
        String text = next(words, "=, !=, < or >");
        return switch (text) {
            case "=" -> Comparison.Operator.EQUAL;
            case "!=" -> Comparison.Operator.NOT_EQUAL;
            case "<" -> Comparison.Operator.LESS;
            case ">" -> Comparison.Operator.GREATER;
            default -> throw new IllegalArgumentException("'" + text + "' is not =, !=, < or >");
        };
    }

    private static Operation operation(Deque<String> words) {
        String what = next(words, "put, delete, get, incr, append, expire or acquire ...");
        return switch (what) {
            case "put" -> put(words);
            case "delete" -> {
                Operation.Delete delete = Operation.delete(Key.of(next(words, "a key")));
                yield takes(words, "prev") ? delete.returningPrevious() : delete;
            }
            case "delete-prefix" -> Operation.deleteRange(KeyRange.prefix(next(words, "a prefix")));
            case "delete-range" ->
                    Operation.deleteRange(
                            KeyRange.of(
                                    next(words, "the first key"),
                                    next(words, "the first key that stays")));
            case "get" -> Operation.get(Key.of(next(words, "a key")));
            case "incr" ->
                    Operation.increment(
                            Key.of(next(words, "a key")),
                            words.isEmpty() ? 1 : number(words.pop()));
            case "append" ->
                    Operation.append(
                            Key.of(next(words, "a key")), Value.of(next(words, "a value")));
            case "expire" -> {
                Key key = Key.of(next(words, "a key"));
                yield takes(words, "never")
                        ? Operation.persist(key)
                        : Operation.expire(key, duration(next(words, "a time, or never")));
            }
            case "acquire" -> {
                LockName lock = new LockName(next(words, "a lock"));
                long owner = takes(words, "owner") ? number(next(words, "an owner's number")) : 1;
                yield new Operation.Acquire(lock, owner, 0);
            }
            default ->
                    throw new IllegalArgumentException(
                            "'"
                                    + what
                                    + "' cannot be done; want put, delete, delete-prefix,"
                                    + " delete-range, get, incr, append, expire or acquire");
        };
    }

    private static Operation put(Deque<String> words) {
        Operation.Put put =
                Operation.put(Key.of(next(words, "a key")), Value.of(next(words, "a value")));
        while (!words.isEmpty()) {
            String word = words.pop();
            put =
                    switch (word) {
                        case "ephemeral" -> put.asEphemeral();
                        case "ttl" -> put.withTtl(duration(next(words, "a time")));
                        case "prev" -> put.returningPrevious();
                        default ->
                                throw new IllegalArgumentException(
                                        "'" + word + "' is not ephemeral, ttl or prev");
                    };
        }
        return put;
    }

    private static boolean takes(Deque<String> words, String word) {
        boolean there = word.equals(words.peek());
        if (there) {
            words.pop();
        }
        return there;
    }

    private static String next(Deque<String> words, String wanted) {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("ends too early, want " + wanted);
        }
        return words.pop();
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number", e);
        }
    }

    private static Duration duration(String text) {
        return new DurationText().convert(text);
    }

    private static Deque<String> words(String line) {
        Deque<String> words = new ArrayDeque<>();
        if (line.strip().startsWith("#")) {
            return words;
        }
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char each = line.charAt(i);
            if (quoted && each == '\\' && i + 1 < line.length()) {
                i++;
                word.append(line.charAt(i));
            } else if (each == '"') {
                quoted = !quoted;
                begun = true;
            } else if (!quoted && Character.isWhitespace(each)) {
                if (begun) {
                    words.add(word.toString());
                }
                word.setLength(0);
                begun = false;
            } else {
                word.append(each);
                begun = true;
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("a quote does not end: " + line);
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }
}
