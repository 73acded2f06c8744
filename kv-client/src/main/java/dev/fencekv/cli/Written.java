package dev.fencekv.cli;

import dev.fencekv.client.NumberResult;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Versioned;
import java.util.Optional;

/** What a command did, as all verbs show it. */
final class Written {
    private Written() {}

    static Row row(WriteResult result) {
        Row row =
                new Row()
                        .flag("changed", result.changed())
                        .number("revision", result.revision())
                        .text("stamp", result.stamp().toString());
        return previous(row, result.previous());
    }

    static Row row(NumberResult result) {
        return new Row()
                .number("number", result.number())
                .number("revision", result.revision())
                .text("stamp", result.stamp().toString());
    }

    /** Adds what was there before, if that is known. */
    static Row previous(Row row, Optional<Versioned> previous) {
        return previous.isEmpty()
                ? row
                : row.row(
                        "previous",
                        new Row()
                                .value("value", previous.get().value())
                                .number("modify_revision", previous.get().modifyRevision())
                                .number("version", previous.get().version())
                                .token("token", previous.get().token()));
    }

    /** What was there before, for people. */
    static String was(WriteResult result) {
        return result.previous().map(record -> ", was " + record.value()).orElse("");
    }

    /** Shows a removal: NEGATIVE if there was nothing to remove. */
    static ExitCode removal(Verb verb, WriteResult result, String what, String nothing) {
        if (!result.changed()) {
            if (verb.output().form() == Output.Form.JSON) {
                verb.output().result(row(result), "");
            }
            verb.kvcli().complain(nothing);
            return ExitCode.NEGATIVE;
        }
        verb.output().result(row(result), what + ", revision " + result.revision() + was(result));
        return ExitCode.OK;
    }
}
