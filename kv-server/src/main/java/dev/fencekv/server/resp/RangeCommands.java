package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.RangeResult;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Commands that read many keys, each as of one revision. Safe from any thread. */
final class RangeCommands {
    private static final int CURSORS_MAX = 10_000;

    /** As Redis has it. */
    private static final int COUNT_DEFAULT = 10;

    private final KvClient client;
    private final ScanCursors cursors = new ScanCursors(CURSORS_MAX, new SecureRandom());

    RangeCommands(KvClient client) {
        this.client = client;
    }

    /** The values, and null for each key that is not there. */
    CompletableFuture<RespReply> get(Words words) {
        return client.getAllAsync(keys(words), ReadOptions.LINEARIZABLE)
                .thenApply(
                        found ->
                                new RespReply.Array(
                                        found.records().stream()
                                                .map(RangeCommands::valueOrNull)
                                                .toList()));
    }

    private static RespReply valueOrNull(Optional<Versioned> record) {
        return record.<RespReply>map(found -> new RespReply.Bulk(found.value()))
                .orElse(RespReply.NULL);
    }

    /** How many of them are there; one that is named twice counts twice, as in Redis. */
    CompletableFuture<RespReply> exist(Words words) {
        return client.getAllAsync(keys(words), ReadOptions.LINEARIZABLE)
                .thenApply(
                        found ->
                                RespReply.number(
                                        found.records().stream()
                                                .filter(Optional::isPresent)
                                                .count()));
    }

    private static List<Key> keys(Words words) {
        if (words.left() > Limits.KEYS_PER_READ_MAX) {
            throw new RefusedException(
                    "UNSUPPORTED at most "
                            + Limits.KEYS_PER_READ_MAX
                            + " keys at once: say it in several commands");
        }
        List<Key> keys = new ArrayList<>();
        while (words.hasMore()) {
            keys.add(words.key());
        }
        return keys;
    }

    CompletableFuture<RespReply> count() {
        return client.countAsync(KeyRange.ALL, ReadOptions.LINEARIZABLE)
                .thenApply(RespReply::number);
    }

    /**
     * {@code SCAN cursor [MATCH pattern] [COUNT n] [TYPE string]}, in order of the keys: each page
     * as of its own moment, so that what is there all the time comes once.
     */
    CompletableFuture<RespReply> scan(Words words) {
        long cursor = words.number();
        Glob glob = new Glob(Value.of("*"));
        int count = COUNT_DEFAULT;
        boolean strings = true;
        while (words.hasMore()) {
            switch (words.keyword()) {
                case "MATCH" -> glob = new Glob(words.value());
                case "COUNT" -> count = count(words.number());
                case "TYPE" -> strings = words.text().toLowerCase(Locale.ROOT).equals("string");
                default -> throw RefusedException.syntax();
            }
        }
        Glob wanted = glob;
        if (!strings) {
            return CompletableFuture.completedFuture(page(0, List.of()));
        }
        return client.rangeAsync(RangeQuery.of(range(cursor, wanted)).withoutRecords().limit(count))
                .thenApply(found -> page(found, wanted));
    }

    private static int count(long asked) {
        if (asked < 1) {
            throw RefusedException.syntax();
        }
        return (int) Math.min(asked, Limits.LIST_ROWS_MAX); // A hint, in Redis too.
    }

    private KeyRange range(long cursor, Glob glob) {
        KeyRange all = glob.range();
        if (cursor == 0) {
            return all;
        }
        Key last = cursors.key(cursor);
        // One that was made for another pattern begins anew.
        return all.contains(last) ? all.above(last) : all;
    }

    private RespReply page(RangeResult found, Glob glob) {
        List<Key> keys = found.keys();
        List<RespReply> matching = new ArrayList<>();
        for (Key key : keys) {
            if (glob.matches(key)) {
                matching.add(new RespReply.Bulk(Value.copyOf(key.toByteArray())));
            }
        }
        boolean more = found.more() && !keys.isEmpty();
        return page(more ? cursors.after(keys.get(keys.size() - 1)) : 0, matching);
    }

    private static RespReply page(long cursor, List<RespReply> keys) {
        return new RespReply.Array(
                List.of(RespReply.text(Long.toString(cursor)), new RespReply.Array(keys)));
    }
}
