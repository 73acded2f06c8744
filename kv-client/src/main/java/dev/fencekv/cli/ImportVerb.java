package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli import}. */
@Command(
        name = "import",
        description = {
            "Writes the records that kvcli export has printed: JSON objects, one a line, with the"
                    + " strings key and value, as base64 where key_encoding or encoding says so."
                    + " Other members are ignored, so that lines of get -o json do as well.",
            "",
            "Each key is a write of its own. It stops at the first line that fails and says which;"
                    + " lines shortly after it may have been written already. To import the same"
                    + " file again does no harm; with --if-absent it changes nothing that is there."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli import all.jsonl",
            "  kvcli import --if-absent < config.jsonl",
            "  kvcli import acct.jsonl --fence billing:33"
        })
final class ImportVerb extends Verb {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "What to read; without it, or for -, stdin.")
    private @Nullable Path file;

    @Option(names = "--if-absent", description = "Leave keys alone that are there.")
    private boolean ifAbsent;

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) throws IOException, InterruptedException {
        WriteOptions options = fences.writeOptions();
        Import writes = new Import(client, ifAbsent ? options.ifAbsent() : options);
        try (BufferedReader lines = lines()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                writes.line(line);
            }
            writes.settle();
        } catch (ImportException e) {
            kvcli().complain(
                            "line "
                                    + e.line()
                                    + ": "
                                    + e.getMessage()
                                    + ". Written so far: "
                                    + writes.written()
                                    + ", left alone: "
                                    + writes.leftAlone()
                                    + ".");
            return e.code();
        }
        output().result(
                        new Row()
                                .number("written", writes.written())
                                .number("left_alone", writes.leftAlone()),
                        "OK written " + writes.written() + ", left alone " + writes.leftAlone());
        return ExitCode.OK;
    }

    private BufferedReader lines() {
        if (file == null || file.toString().equals("-")) {
            return new BufferedReader(new InputStreamReader(kvcli().in(), StandardCharsets.UTF_8));
        }
        try {
            return Files.newBufferedReader(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw usage("cannot read " + file + ": " + e);
        }
    }
}
