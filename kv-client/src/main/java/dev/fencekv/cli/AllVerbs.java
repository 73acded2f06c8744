package dev.fencekv.cli;

import java.util.List;
import java.util.Set;

/**
 * The verbs, in the order of the help, and which of them a command line needs.
 *
 * <p>Most runs are of one verb, and to read the annotations of one costs picocli milliseconds: so
 * the others are not made, nor their classes loaded.
 */
final class AllVerbs {
    /** As people look for them: data, locks, rules, the cluster, kvcli itself. */
    static final List<String> NAMES =
            List.of(
                    "put",
                    "get",
                    "list",
                    "delete",
                    "incr",
                    "append",
                    "ttl",
                    "expire",
                    "txn",
                    "watch",
                    "lock",
                    "elect",
                    "guard",
                    "gate",
                    "session",
                    "rejections",
                    "explain",
                    "setting",
                    "member",
                    "status",
                    "health",
                    "clocks",
                    "dashboard",
                    "export",
                    "import",
                    "shell",
                    "completion");

    /** Other words for some of them. */
    static final List<String> ALIASES = List.of("range", "del");

    /** What may stand before the verb and has a value. */
    private static final Set<String> BEFORE_THE_VERB =
            Set.of("--endpoints", "-o", "--output", "--timeout");

    private static final Set<String> VERSION = Set.of("-V", "--version");

    /** Works on the verbs themselves. */
    private static final String COMPLETION = "completion";

    private AllVerbs() {}

    /** Those that have to be there so that {@code args} mean the same as with all of them. */
    static List<String> neededFor(String... args) {
        if (args.length == 1 && VERSION.contains(args[0])) {
            return List.of();
        }
        int at = 0;
        while (at < args.length && isBeforeTheVerb(args[at])) {
            at += BEFORE_THE_VERB.contains(args[at]) ? 2 : 1;
        }
        if (at >= args.length || !isVerb(args[at]) || args[at].equals(COMPLETION)) {
            return NAMES;
        }
        return List.of(args[at]);
    }

    private static boolean isVerb(String word) {
        return NAMES.contains(word) || ALIASES.contains(word);
    }

    private static boolean isBeforeTheVerb(String word) {
        int valueAt = word.indexOf('=');
        return BEFORE_THE_VERB.contains(valueAt < 0 ? word : word.substring(0, valueAt))
                || word.startsWith("-o");
    }

    /** One of {@link #NAMES} or {@link #ALIASES}, ready to be read by picocli. */
    static Object make(String name) {
        return switch (name) {
            case "put" -> new PutVerb();
            case "get" -> new GetVerb();
            case "list", "range" -> new ListVerb();
            case "delete", "del" -> new DeleteVerb();
            case "incr" -> new IncrVerb();
            case "append" -> new AppendVerb();
            case "ttl" -> new TtlVerb();
            case "expire" -> new ExpireVerb();
            case "txn" -> new TxnVerb();
            case "watch" -> new WatchVerb();
            case "lock" -> new LockVerb();
            case "elect" -> new ElectVerb();
            case "guard" -> new GuardVerb();
            case "gate" -> new GateVerb();
            case "session" -> new SessionVerb();
            case "rejections" -> new RejectionsVerb();
            case "explain" -> new ExplainVerb();
            case "setting" -> new SettingVerb();
            case "member" -> new MemberVerb();
            case "status" -> new StatusVerb();
            case "health" -> new HealthVerb();
            case "clocks" -> new ClocksVerb();
            case "dashboard" -> new DashboardVerb();
            case "export" -> new ExportVerb();
            case "import" -> new ImportVerb();
            case "shell" -> new ShellVerb();
            case COMPLETION -> new CompletionVerb();
            default -> throw new IllegalArgumentException("there is no verb " + name);
        };
    }
}
