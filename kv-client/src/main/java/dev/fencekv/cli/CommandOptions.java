package dev.fencekv.cli;

import dev.fencekv.check.Check;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How a verb runs a command while it holds something that can be lost: the same for {@code lock}
 * and {@code elect}. The words of the command are the verb's own, behind the name of what is held.
 */
final class CommandOptions {
    private static final String END_OF_OPTIONS = "--";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec verb;

    @Option(
            names = "--ttl",
            paramLabel = "D",
            defaultValue = "10s",
            description = "What is held is lost after so long without contact. Default: 10s.")
    private Duration ttl = Duration.ofSeconds(10);

    @Option(
            names = "--kill-after",
            paramLabel = "D",
            defaultValue = "5s",
            description = "From SIGTERM to SIGKILL, when it is lost. Default: 5s.")
    private Duration killAfter = Duration.ofSeconds(5);

    Duration ttl() {
        return ttl;
    }

    Duration killAfter() {
        return killAfter;
    }

    /** Whether the command was told apart from what belongs to the verb. */
    boolean isSeparated() {
        return Check.present(verb, "picocli's specification")
                .commandLine()
                .getParseResult()
                .originalArgs()
                .contains(END_OF_OPTIONS);
    }
}
