package dev.fencekv.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code kvcli completion}. */
@Command(
        name = "completion",
        description = {
            "Prints a script that lets a shell complete verbs, options and their values with TAB.",
            "",
            "Keys and names of locks are completed by kvcli's own shell: kvcli shell."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli completion bash > ~/.local/share/bash-completion/completions/kvcli",
            "  kvcli completion zsh > ~/.kvcli-completion.zsh",
            "",
            "Or for one session: source <(kvcli completion bash); the same with zsh."
        })
final class CompletionVerb extends PlainVerb {
    /** Whose script it is. */
    enum Dialect {
        BASH,
        ZSH
    }

    /** The lists of values in the script. */
    private static final Pattern VALUES = Pattern.compile("(?<=_args=\\()[^)\\n]*(?=\\))");

    @Parameters(index = "0", paramLabel = "SHELL", description = "bash or zsh.")
    private Dialect dialect = Dialect.BASH;

    @Override
    public Integer call() {
        String name = specification().root().name();
        String script = AutoComplete.bash(name, specification().root().commandLine());
        output().line(
                        "# %s completion for %s. Load it with: source FILE"
                                .formatted(name, dialect.name().toLowerCase(Locale.ROOT)));
        // One script for both: under zsh it turns on that shell's understanding of bash's.
        output().line(asTyped(script).stripTrailing());
        return ExitCode.OK.number();
    }

    /** Values are the names of Java's constants; people type them in small letters. */
    private static String asTyped(String script) {
        return VALUES.matcher(script)
                .replaceAll(
                        found -> Matcher.quoteReplacement(found.group().toLowerCase(Locale.ROOT)));
    }
}
