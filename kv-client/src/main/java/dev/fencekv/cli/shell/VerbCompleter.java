package dev.fencekv.cli.shell;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Completes verbs and options by the model, values by their type: words of an enum, names of locks,
 * keys by prefix. Inside a block, what transactions are made of. Owned by the shell's thread.
 */
final class VerbCompleter implements Completer {
    private static final String VERBS_GROUP = "verbs";
    private static final String OPTIONS_GROUP = "options";

    private final CommandSpec model;
    private final LiveNames names;
    private final TransactionCompleter transactions;

    VerbCompleter(CommandSpec model, LiveNames names) {
        this.model = model;
        this.names = names;
        this.transactions = new TransactionCompleter(names);
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        List<String> words = line.words();
        List<String> before = words.subList(0, line.wordIndex());
        if (line instanceof StatementParser.Line typed && typed.isInBlock()) {
            for (String word : transactions.candidates(before, line.word())) {
                candidates.add(candidate(word, null, null));
            }
        } else {
            candidates.addAll(candidates(before, line.word()));
        }
    }

    /**
     * @param before the words before the one that is being typed
     * @param begun what is there of that
     */
    List<Candidate> candidates(List<String> before, String begun) {
        boolean askingForHelp = !before.isEmpty() && BuiltIn.HELP.isCalled(before.get(0));
        List<String> path = askingForHelp ? before.subList(1, before.size()) : before;
        Place place = Place.after(path, model);
        List<Candidate> found = new ArrayList<>();
        if (askingForHelp) {
            found.addAll(verbs(place));
        } else if (place.awaited() != null) {
            found.addAll(values(place.awaited(), begun, ""));
        } else if (begun.startsWith("-")) {
            found.addAll(options(place, begun));
        } else {
            if (before.isEmpty()) {
                found.addAll(builtIns());
            }
            found.addAll(verbs(place));
            ArgSpec positional = place.positional();
            if (positional != null) {
                found.addAll(values(positional, begun, ""));
            }
        }
        return found;
    }

    private static List<Candidate> builtIns() {
        return Arrays.stream(BuiltIn.values())
                .map(each -> candidate(each.word(), "of the shell", each.description()))
                .toList();
    }

    private static List<Candidate> verbs(Place place) {
        return place.verbs().stream()
                .map(verb -> candidate(verb.name(), VERBS_GROUP, firstSentence(verb)))
                .toList();
    }

    private static String firstSentence(CommandSpec verb) {
        String[] description = verb.usageMessage().description();
        return description.length == 0 ? "" : sentence(description[0]);
    }

    private static String sentence(String text) {
        int end = text.indexOf(". ");
        String first = end < 0 ? text : text.substring(0, end);
        return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    }

    private List<Candidate> options(Place place, String begun) {
        int valueAt = begun.indexOf('=') + 1;
        if (valueAt > 0) {
            OptionSpec option = place.verb().findOption(begun.substring(0, valueAt - 1));
            return option == null
                    ? List.of()
                    : values(option, begun.substring(valueAt), begun.substring(0, valueAt));
        }
        return place.options().stream()
                .map(
                        option ->
                                candidate(
                                        option.longestName(),
                                        OPTIONS_GROUP,
                                        sentence(String.join(" ", option.description()))))
                .toList();
    }

    /** {@code prefix} stands before each value, as typed already. */
    private List<Candidate> values(ArgSpec argument, String begun, String prefix) {
        return values(argument, begun).stream()
                .map(value -> candidate(prefix + value, null, null))
                .toList();
    }

    private List<String> values(ArgSpec argument, String begun) {
        Class<?> type =
                argument.auxiliaryTypes().length > 0
                        ? argument.auxiliaryTypes()[0]
                        : argument.type();
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(each -> each.toString().toLowerCase(Locale.ROOT))
                    .toList();
        }
        if (type == LockName.class) {
            return names.locks();
        }
        if (type == Fence.class) {
            return names.fences();
        }
        if (type == Key.class) {
            return names.keys(begun);
        }
        return switch (argument.paramLabel()) {
            case "SETTING" -> names.settings();
            case "ELECTION" -> names.elections();
            case "HOST:PORT", "ADDRESS" -> names.nodes();
            default -> List.of();
        };
    }

    private static Candidate candidate(
            String value, @Nullable String group, @Nullable String description) {
        String shown = description == null || description.isEmpty() ? null : description;
        return new Candidate(value, value, group, shown, null, null, true);
    }
}
