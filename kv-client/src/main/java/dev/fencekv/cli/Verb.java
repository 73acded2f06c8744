package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the verbs share: a client of the run's own, the output, {@code --help}. */
abstract class Verb implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    /** Runs the verb with a client that is closed after it. */
    @Override
    public Integer call() throws Exception {
        try (KvClient client = kvcli().connect()) {
            return run(client).number();
        }
    }

    abstract ExitCode run(KvClient client) throws Exception;

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
