package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteResult;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code kvcli setting}. */
@Command(
        name = "setting",
        description = "The replicated settings of the store.",
        synopsisSubcommandLabel = "(list | set)",
        subcommands = {SettingVerb.ListAll.class, SettingVerb.Set.class},
        footer = {"", "Example:", "  kvcli setting list"})
final class SettingVerb extends VerbGroup {
    @Command(
            name = "list",
            description = "Lists all settings with the range they may take.",
            footer = {"", "Example:", "  kvcli setting list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            List<Row> rows =
                    client.listSettings().stream()
                            .map(
                                    setting ->
                                            new Row()
                                                    .text("name", setting.name())
                                                    .number("value", setting.value())
                                                    .number("min", setting.min())
                                                    .number("max", setting.max()))
                            .toList();
            output().rows(rows, "no settings");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "set",
            description = "Changes a setting, on all nodes at the same place in the log.",
            footer = {"", "Example:", "  kvcli setting set store-quota-bytes 1073741824"})
    static final class Set extends Verb {
        @Parameters(index = "0", paramLabel = "SETTING", description = "As setting list shows it.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "VALUE", description = "A whole number.")
        private long value;

        @Override
        ExitCode run(KvClient client) {
            WriteResult result = client.changeSetting(name, value);
            output().result(Written.row(result), "OK revision " + result.revision());
            return ExitCode.OK;
        }
    }
}
