package dev.fencekv.cli;

import dev.fencekv.client.NumberResult;
import dev.fencekv.client.WriteResult;

/** What a command did, as all verbs show it. */
final class Written {
    private Written() {}

    static Row row(WriteResult result) {
        return new Row()
                .flag("changed", result.changed())
                .number("revision", result.revision())
                .text("stamp", result.stamp().toString());
    }

    static Row row(NumberResult result) {
        return new Row()
                .number("number", result.number())
                .number("revision", result.revision())
                .text("stamp", result.stamp().toString());
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
        verb.output().result(row(result), what + ", revision " + result.revision());
        return ExitCode.OK;
    }
}
