package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockWatchOptions;
import dev.fencekv.client.RejectionWatchOptions;
import dev.fencekv.client.Watch;
import dev.fencekv.client.WatchBatch;
import dev.fencekv.client.WatchListener;
import dev.fencekv.client.WatchOptions;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli watch}. */
@Command(
        name = "watch",
        description = {
            "Shows changes of keys as they happen, until Ctrl-C; its exit code is 0. Goes on at"
                    + " another node when one is lost: nothing is left out or shown twice.",
            "",
            "With --locks it shows who is granted which lock, and how that ends; with --rejections"
                    + " what fences refuse."
        },
        footer = {
            "",
            "Each line: revision, stamp, what happened, to what; with --prev what was there before.",
            "A rejection is shown when it is recorded: kvcli rejections counts its repeats.",
            "",
            "Examples:",
            "  kvcli watch orders/",
            "  kvcli watch greeting --only",
            "  kvcli watch orders/ --from 1200 --prev -o json",
            "  kvcli watch '' --events delete --count 10",
            "  kvcli watch --locks election/",
            "  kvcli watch --locks orders --only --events granted,expired,queued",
            "  kvcli watch --rejections orders/ -o json"
        })
final class WatchVerb extends Verb {
    private static final List<String> RECORD_EVENTS = List.of("put", "delete");
    private static final List<String> REJECTION_EVENTS = List.of("enforced", "observed");

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PREFIX",
            defaultValue = "",
            description = "Of the keys, or names of locks, that are watched. Default: all.")
    private String prefix = "";

    @Option(names = "--locks", description = "What happens to locks, in place of keys.")
    private boolean ofLocks;

    @Option(
            names = "--rejections",
            description = "What fences refuse to change under PREFIX, in place of changes.")
    private boolean ofRejections;

    @Option(
            names = {"--only", "--key"},
            description = "Only the key, or lock, that is PREFIX itself.")
    private boolean only;

    @Option(
            names = "--from",
            paramLabel = "REVISION",
            defaultValue = "0",
            description = "First what has happened from this revision on. Default: from now.")
    private long from;

    @Option(names = "--prev", description = "Of keys: also what was there before.")
    private boolean previous;

    @Option(
            names = "--events",
            paramLabel = "TYPE",
            split = ",",
            description =
                    "Only these. Of keys: put, delete. Of locks: granted, released, expired,"
                            + " revoked, queued, left_queue; default: without the last two. Of"
                            + " rejections: enforced, observed.")
    private List<String> events = List.of();

    @Option(names = "--count", paramLabel = "N", description = "End when N events were shown.")
    private @Nullable Long count;

    @Override
    ExitCode run(KvClient client) throws InterruptedException {
        check();
        if (ofLocks) {
            List<String> types = eventsOf(lockEvents());
            LockWatchOptions options = lockOptions(types);
            return show(
                    shown -> client.watchLocks(options, shown),
                    (LockEvent event) -> types.contains(name(event.type())),
                    WatchVerb::row);
        }
        if (ofRejections) {
            List<String> types = eventsOf(REJECTION_EVENTS);
            RejectionWatchOptions options = RejectionWatchOptions.ALL.keys(keys()).from(from);
            return show(
                    shown -> client.watchRejections(options, shown),
                    (Rejection rejection) ->
                            types.contains(rejection.enforced() ? "enforced" : "observed"),
                    RejectionsVerb::row);
        }
        WatchOptions options = recordOptions(eventsOf(RECORD_EVENTS));
        return show(shown -> client.watch(options, shown), (RecordEvent event) -> true, this::row);
    }

    private void check() {
        if (ofLocks && ofRejections) {
            throw usage("one watch is of locks, of rejections or of keys: not of several");
        }
        if (from < 0) {
            throw usage("--from wants a revision, from 1");
        }
        if (count != null && count < 1) {
            throw usage("--count wants 1 or more");
        }
        if (only && prefix.isEmpty()) {
            throw usage("--only wants a key, or a lock");
        }
        if (previous && (ofLocks || ofRejections)) {
            throw usage("--prev is for keys");
        }
    }

    /** Those that are asked for, or all. */
    private List<String> eventsOf(List<String> known) {
        for (String event : events) {
            if (!known.contains(event)) {
                throw usage(
                        "--events wants some of "
                                + String.join(", ", known)
                                + " here, not "
                                + event);
            }
        }
        return events.isEmpty() ? known : events;
    }

    private static List<String> lockEvents() {
        return Stream.of(LockEventType.values()).map(WatchVerb::name).toList();
    }

    private static String name(LockEventType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private LockWatchOptions lockOptions(List<String> types) {
        LockNames locks =
                only ? LockNames.only(new LockName(prefix)) : LockNames.startingWith(prefix);
        LockWatchOptions options = LockWatchOptions.of(locks).from(from);
        boolean queue =
                !events.isEmpty()
                        && Stream.of(LockEventType.values())
                                .filter(LockEventType::isOfQueue)
                                .anyMatch(type -> types.contains(name(type)));
        return queue ? options.withQueue() : options;
    }

    private KeyRange keys() {
        return only ? KeyRange.only(Key.of(prefix)) : KeyRange.prefix(prefix);
    }

    private WatchOptions recordOptions(List<String> types) {
        WatchOptions options = WatchOptions.range(keys()).from(from);
        if (previous) {
            options = options.withPrevious();
        }
        if (types.size() == RECORD_EVENTS.size()) {
            return options;
        }
        return types.contains("put") ? options.putsOnly() : options.deletesOnly();
    }

    private <E> ExitCode show(
            Function<WatchListener<E>, Watch> begin, Predicate<E> wanted, Function<E, Row> row)
            throws InterruptedException {
        CompletableFuture<ExitCode> end = new CompletableFuture<>();
        // Lines are whole when the process ends by a signal: the hook waits for the one under way.
        Shown<E> shown = new Shown<>(end, wanted, row);
        Thread hook =
                new Thread(
                        () -> {
                            synchronized (shown) {
                                Runtime.getRuntime().halt(ExitCode.OK.number());
                            }
                        },
                        "kvcli-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try (Watch watch = begin.apply(shown)) {
            return end.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FenceKvException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            remove(hook);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs already.
        }
    }

    private Row row(RecordEvent event) {
        Row row =
                new Row()
                        .number("revision", event.revision())
                        .text("stamp", event.stamp().toString())
                        .text("type", event.type() == EventType.PUT ? "put" : "delete")
                        .key("key", event.key());
        event.record()
                .ifPresentOrElse(
                        record -> row.value("value", record.value()), () -> row.none("value"));
        if (previous) {
            event.previous()
                    .ifPresentOrElse(
                            record -> row.value("previous", record.value()),
                            () -> row.none("previous"));
        }
        return row;
    }

    private static Row row(LockEvent event) {
        return new Row()
                .number("revision", event.revision())
                .text("stamp", event.stamp().toString())
                .text("type", name(event.type()))
                .text("lock", event.lock().value())
                .token("token", event.token())
                .text("session", event.session().toString())
                .number("owner", event.owner())
                .text("label", event.label().value())
                .flag("shared", event.shared())
                .number("permits", event.permits())
                .number("delay_ms", event.delayMs());
    }

    private final class Shown<E> implements WatchListener<E> {
        private final CompletableFuture<ExitCode> end;
        private final Predicate<E> wanted;
        private final Function<E, Row> row;
        private long lines;

        Shown(CompletableFuture<ExitCode> end, Predicate<E> wanted, Function<E, Row> row) {
            this.end = end;
            this.wanted = wanted;
            this.row = row;
        }

        @Override
        public synchronized void onEvents(WatchBatch<E> batch) {
            for (E event : batch.events()) {
                if (end.isDone()) {
                    return;
                }
                if (wanted.test(event)) {
                    show(row.apply(event));
                    lines++;
                }
                if (count != null && lines >= count || output().isBroken()) {
                    end.complete(ExitCode.OK);
                }
            }
        }

        @Override
        public void onEnd(FenceKvException reason) {
            end.completeExceptionally(reason);
        }

        private void show(Row row) {
            if (output().form() == Output.Form.TABLE) {
                output().line(String.join(" ", row.cells()));
            } else {
                output().rows(List.of(row), "");
            }
        }
    }
}
