package dev.fencekv.cli;

import dev.fencekv.check.Check;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A verb that needs another word: says which. */
abstract class VerbGroup implements Runnable {
    @Spec @Nullable CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Override
    public void run() {
        CommandSpec self = Check.present(spec, "picocli's specification");
        throw new ParameterException(
                self.commandLine(),
                self.qualifiedName()
                        + " needs one of: "
                        + String.join(", ", self.subcommands().keySet()));
    }
}
