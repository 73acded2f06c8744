package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.Rejection;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code kvcli explain}. */
@Command(
        name = "explain",
        description =
                "Tells what a rejection was: who tried what, why it was refused, who held the lock"
                        + " then, what it means and what to do; exit code 1 if it is not on record.",
        footer = {"", "Examples:", "  kvcli explain 1042", "  kvcli explain 1042 -o json"})
final class ExplainVerb extends Verb {
    @Parameters(
            index = "0",
            paramLabel = "ID",
            description = "The rejection's revision: the first column of kvcli rejections.")
    private long revision;

    @Override
    ExitCode run(KvClient client) {
        if (revision < 1) {
            throw usage("ID wants a revision, 1 or more, as kvcli rejections shows it");
        }
        Optional<Rejection> found = client.findRejection(revision);
        if (found.isEmpty()) {
            kvcli().complain(
                            "rejection "
                                    + revision
                                    + " is not, or no longer, on record."
                                    + " Those that are: kvcli rejections");
            return ExitCode.NEGATIVE;
        }
        Rejection rejection = found.get();
        Explanation explanation =
                new Explanation(
                        rejection, client.listGuards(), lockNow(client, rejection.violation()));
        output().result(
                        explanation.row(),
                        String.join(System.lineSeparator(), explanation.lines()));
        return ExitCode.OK;
    }

    /** The lock as it is now, if the evidence leaves open who held it; else empty. */
    private static Optional<LockInfo> lockNow(KvClient client, FenceViolation violation) {
        return violation.live().isNone() || !violation.successor().value().isEmpty()
                ? Optional.empty()
                : client.inspectLock(violation.lock());
    }
}
