package dev.fencekv.cli;

import dev.fencekv.check.Check;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all verbs share: the output, {@code --help}. One that needs a client is a {@link Verb}. */
abstract class PlainVerb implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    KvCli kvcli() {
        return (KvCli) specification().root().userObject();
    }

    Output output() {
        return kvcli().output();
    }

    /** What to throw for options that do not fit together: told with a hint to the verb's help. */
    ParameterException usage(String message) {
        return new ParameterException(specification().commandLine(), message);
    }

    CommandSpec specification() {
        return Check.present(spec, "picocli's specification");
    }
}
