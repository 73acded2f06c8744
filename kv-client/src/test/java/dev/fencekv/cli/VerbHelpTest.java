package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Every verb, as picocli knows them: nobody has to add a new one here. */
class VerbHelpTest {
    private static final Pattern WORD = Pattern.compile("'[^']*'|\"[^\"]*\"|\\S+");

    private static CommandLine kvcli() {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
        return new KvCli(Streams.plain(new ByteArrayInputStream(new byte[0]), nowhere, nowhere))
                .line();
    }

    private static List<CommandSpec> withAllBelow(CommandSpec verb) {
        List<CommandSpec> all = new ArrayList<>(List.of(verb));
        verb.subcommands()
                .values()
                .forEach(each -> all.addAll(withAllBelow(each.getCommandSpec())));
        return all;
    }

    private static List<String> examples(CommandSpec verb) {
        return List.of(verb.usageMessage().footer()).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("kvcli "))
                .toList();
    }

    /** The words of an example up to where the shell's own signs begin. */
    private static String[] words(String example) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(example);
        while (word.find() && !word.group().matches("[<>|]")) {
            words.add(word.group().replaceAll("^['\"]|['\"]$", "").replace("$FENCE_TOKEN", "33"));
        }
        return words.subList(1, words.size()).toArray(String[]::new);
    }

    @TestFactory
    List<DynamicTest> everyVerbHasHelpWithExamples() {
        return withAllBelow(kvcli().getCommandSpec()).stream()
                .map(
                        verb ->
                                DynamicTest.dynamicTest(
                                        verb.qualifiedName(), () -> hasHelpWithExamples(verb)))
                .toList();
    }

    private static void hasHelpWithExamples(CommandSpec verb) {
        String help = verb.commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertThat(help).containsPattern("(?m)^Examples?:$");
        assertThat(examples(verb))
                .anyMatch(example -> (example + " ").startsWith(verb.qualifiedName() + " "));
        assertThat(help.lines()).allMatch(line -> line.length() <= 100, "fits 100 columns");
        for (String example : examples(verb)) {
            assertThatCode(() -> kvcli().parseArgs(words(example)))
                    .as(example)
                    .doesNotThrowAnyException();
        }
    }
}
