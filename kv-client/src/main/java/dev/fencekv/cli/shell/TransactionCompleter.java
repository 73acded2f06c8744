package dev.fencekv.cli.shell;

import java.util.List;
import java.util.Set;

/**
 * What may come next in a line of a transaction: words of its language, keys and locks. What the
 * language is, {@code txn --help} says. Owned by the shell's thread.
 */
final class TransactionCompleter {
    private static final List<String> FIRST = List.of("if", "then", "else", Statement.BLOCK_END);

    private static final List<String> COMPARED =
            List.of(
                    "absent",
                    "exists",
                    "value",
                    "modified",
                    "created",
                    "version",
                    "token",
                    "owner");

    /** Those that compare with nothing. */
    private static final Set<String> WITHOUT_OPERATOR = Set.of("absent", "exists");

    private static final List<String> OPERATORS = List.of("=", "!=", "<", ">");

    private static final List<String> OPERATIONS =
            List.of(
                    "put",
                    "delete",
                    "delete-prefix",
                    "delete-range",
                    "get",
                    "incr",
                    "append",
                    "expire",
                    "acquire");

    private static final List<String> PUT_OPTIONS = List.of("ephemeral", "ttl", "prev");

    private final LiveNames names;

    TransactionCompleter(LiveNames names) {
        this.names = names;
    }

    /**
     * @param before the words of the line before the one that is being typed
     * @param begun what is there of that
     */
    List<String> candidates(List<String> before, String begun) {
        if (before.isEmpty()) {
            return FIRST;
        }
        List<String> rest = before.subList(1, before.size());
        return switch (before.get(0)) {
            case "if" -> comparison(rest, begun);
            case "then", "else" -> operation(rest, begun);
            default -> List.of();
        };
    }

    private List<String> comparison(List<String> words, String begun) {
        return switch (words.size()) {
            case 0 -> COMPARED;
            case 1 -> names.keys(begun);
            case 2 -> WITHOUT_OPERATOR.contains(words.get(0)) ? List.of() : OPERATORS;
            case 3 -> words.get(0).equals("token") ? List.of("none") : List.of();
            default -> List.of();
        };
    }

    private List<String> operation(List<String> words, String begun) {
        if (words.isEmpty()) {
            return OPERATIONS;
        }
        String what = words.get(0);
        List<String> given = words.subList(1, words.size());
        if (given.isEmpty()) {
            return what.equals("acquire") ? names.locks() : names.keys(begun);
        }
        return switch (what) {
            case "put" ->
                    given.size() == 1 ? List.of() : putOptions(given.subList(2, given.size()));
            case "delete" -> second(given, "prev");
            case "expire" -> second(given, "never");
            case "acquire" -> second(given, "owner");
            case "delete-range" -> given.size() == 1 ? names.keys(begun) : List.of();
            default -> List.of();
        };
    }

    private static List<String> second(List<String> given, String word) {
        return given.size() == 1 ? List.of(word) : List.of();
    }

    /** Those not yet given; none where a time has to come. */
    private static List<String> putOptions(List<String> given) {
        boolean timeComes = !given.isEmpty() && given.get(given.size() - 1).equals("ttl");
        return timeComes
                ? List.of()
                : PUT_OPTIONS.stream().filter(option -> !given.contains(option)).toList();
    }
}
