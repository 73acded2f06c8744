package dev.fencekv.cli;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.Watch;
import dev.fencekv.client.WatchBatch;
import dev.fencekv.client.WatchListener;
import dev.fencekv.client.WatchOptions;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.RecordEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli watch}. */
@Command(
        name = "watch",
        description =
                "Shows changes of keys as they happen, until Ctrl-C; its exit code is 0. Goes on at"
                        + " another node when one is lost: nothing is left out or shown twice.",
        footer = {
            "",
            "Each line: revision, put or delete, key, value; with --prev what was there before.",
            "",
            "Examples:",
            "  kvcli watch orders/",
            "  kvcli watch greeting --key",
            "  kvcli watch orders/ --from 1200 --prev -o json",
            "  kvcli watch '' --events delete --count 10"
        })
final class WatchVerb extends Verb {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PREFIX",
            defaultValue = "",
            description = "Of the keys that are watched. Default: all keys.")
    private String prefix = "";

    @Option(names = "--key", description = "Only the key that is PREFIX itself.")
    private boolean onlyKey;

    @Option(
            names = "--from",
            paramLabel = "REVISION",
            defaultValue = "0",
            description = "First what has happened from this revision on. Default: from now.")
    private long from;

    @Option(names = "--prev", description = "Also what was there before.")
    private boolean previous;

    @Option(
            names = "--events",
            paramLabel = "TYPE",
            split = ",",
            description = "Only these: put, delete. Default: both.")
    private List<String> events = List.of();

    @Option(names = "--count", paramLabel = "N", description = "End when N events were shown.")
    private @Nullable Long count;

    @Override
    ExitCode run(KvClient client) throws InterruptedException {
        WatchOptions options = options();
        CompletableFuture<ExitCode> end = new CompletableFuture<>();
        // Lines are whole when the process ends by a signal: the hook waits for the one under way.
        Shown shown = new Shown(end);
        Thread hook =
                new Thread(
                        () -> {
                            synchronized (shown) {
                                Runtime.getRuntime().halt(ExitCode.OK.number());
                            }
                        },
                        "kvcli-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try (Watch watch = client.watch(options, shown)) {
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

    private WatchOptions options() {
        if (from < 0) {
            throw usage("--from wants a revision, from 1");
        }
        if (count != null && count < 1) {
            throw usage("--count wants 1 or more");
        }
        if (onlyKey && prefix.isEmpty()) {
            throw usage("--key wants a key");
        }
        WatchOptions options =
                (onlyKey ? WatchOptions.key(prefix) : WatchOptions.prefix(prefix)).from(from);
        if (previous) {
            options = options.withPrevious();
        }
        for (String event : events) {
            if (!event.equals("put") && !event.equals("delete")) {
                throw usage("--events wants put, delete or both, not " + event);
            }
        }
        if (events.isEmpty() || events.contains("put") && events.contains("delete")) {
            return options;
        }
        return events.contains("put") ? options.putsOnly() : options.deletesOnly();
    }

    private final class Shown implements WatchListener {
        private final CompletableFuture<ExitCode> end;
        private long lines;

        Shown(CompletableFuture<ExitCode> end) {
            this.end = end;
        }

        @Override
        public synchronized void onEvents(WatchBatch batch) {
            for (RecordEvent event : batch.events()) {
                if (end.isDone()) {
                    return;
                }
                show(event);
                lines++;
                if (count != null && lines >= count || output().isBroken()) {
                    end.complete(ExitCode.OK);
                }
            }
        }

        @Override
        public void onEnd(FenceKvException reason) {
            end.completeExceptionally(reason);
        }

        private void show(RecordEvent event) {
            String type = event.type() == EventType.PUT ? "put" : "delete";
            Row row =
                    new Row()
                            .number("revision", event.revision())
                            .text("stamp", event.stamp().toString())
                            .text("type", type)
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
            if (output().form() == Output.Form.TABLE) {
                output().line(String.join(" ", row.cells()));
            } else {
                output().rows(List.of(row), "");
            }
        }
    }
}
