package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code kvcli session}. */
@Command(
        name = "session",
        description = "The live sessions of clients.",
        synopsisSubcommandLabel = "list",
        subcommands = SessionVerb.ListAll.class,
        footer = {"", "Example:", "  kvcli session list"})
final class SessionVerb extends VerbGroup {
    @Command(
            name = "list",
            description = "Lists all live sessions.",
            footer = {"", "Example:", "  kvcli session list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            List<Row> rows =
                    client.listSessions().stream()
                            .map(
                                    session ->
                                            new Row()
                                                    .text("session", session.id().toString())
                                                    .text("label", session.label().value())
                                                    .number("ttl_ms", session.ttlMs())
                                                    .number("remaining_ms", session.remainingMs())
                                                    .number("grants", session.grants())
                                                    .number("waits", session.waits())
                                                    .number("keys", session.keys()))
                            .toList();
            output().rows(rows, "no sessions");
            return ExitCode.OK;
        }
    }
}
