package dev.fencekv.cli.shell;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Where in the model of the verbs the words typed so far have led to: what may come next is read
 * off it. Owned by one completion.
 */
final class Place {
    private static final String END_OF_OPTIONS = "--";

    private CommandSpec verb;

    /** The option whose value comes next. */
    private @Nullable OptionSpec awaited;

    private final Set<OptionSpec> given = new HashSet<>();

    /** Positional parameters read since the last verb. */
    private int positionals;

    private boolean optionsEnded;

    private Place(CommandSpec root) {
        this.verb = root;
    }

    /** {@code words}: all before the one that is being typed. */
    static Place after(List<String> words, CommandSpec root) {
        Place place = new Place(root);
        words.forEach(place::read);
        return place;
    }

    private void read(String word) {
        if (awaited != null) {
            awaited = null;
        } else if (!optionsEnded && word.equals(END_OF_OPTIONS)) {
            optionsEnded = true;
        } else if (!optionsEnded && word.length() > 1 && word.startsWith("-")) {
            readOption(word);
        } else {
            CommandLine below = mayDescend() ? verb.subcommands().get(word) : null;
            if (below == null) {
                positionals++;
            } else {
                verb = below.getCommandSpec();
                positionals = 0;
            }
        }
    }

    private void readOption(String word) {
        int valueAt = word.indexOf('=');
        OptionSpec option = verb.findOption(valueAt < 0 ? word : word.substring(0, valueAt));
        if (option == null) {
            return; // Perhaps a negative number; what it is, the verb will say.
        }
        given.add(option);
        if (valueAt < 0 && takesValue(option)) {
            awaited = option;
        }
    }

    private static boolean takesValue(OptionSpec option) {
        return option.arity().max() > 0;
    }

    private boolean mayDescend() {
        return !optionsEnded && positionals == 0;
    }

    CommandSpec verb() {
        return verb;
    }

    @Nullable OptionSpec awaited() {
        return awaited;
    }

    /** Verbs that may come next. */
    List<CommandSpec> verbs() {
        return mayDescend()
                ? verb.subcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .distinct()
                        .toList()
                : List.of();
    }

    /** Options that may still be given. */
    List<OptionSpec> options() {
        return optionsEnded
                ? List.of()
                : verb.options().stream()
                        .filter(option -> !option.hidden())
                        .filter(option -> option.isMultiValue() || !given.contains(option))
                        .toList();
    }

    /** The positional parameter that comes next. */
    @Nullable PositionalParamSpec positional() {
        for (PositionalParamSpec each : verb.positionalParameters()) {
            if (each.index().contains(positionals)) {
                return each;
            }
        }
        return null;
    }
}
