package dev.fencekv.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a measurement has its servers and puts its results, as said on the command line. */
final class PlaceOptions {
    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            defaultValue = "7600",
            description =
                    "First port of clusters it starts; compare takes a hundred for each store"
                            + " (default: ${DEFAULT-VALUE}).")
    int basePort;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where servers keep their data meanwhile (default: beside the build).")
    @Nullable Path data;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where reports, histograms and plots go (default: a new directory).")
    @Nullable Path out;
}
