package dev.fencekv.client;

import dev.fencekv.kv.Limits;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * All rows of a listing, read page by page, one after the other: not one moment's picture. Used
 * once.
 *
 * @param <B> one page, as it is answered
 * @param <R> a row
 */
final class Listing<B extends Reply.Body, R> {
    /** The most rows of a page. */
    static final int PAGE_ROWS = Limits.LIST_ROWS_MAX;

    private final ClientCore core;
    private final Class<B> kind;
    private final Function<B, List<R>> rowsOf;
    private final Predicate<B> hasMore;
    private final List<R> rows = new ArrayList<>();
    private final Chain<List<R>> all = new Chain<>();

    Listing(ClientCore core, Class<B> kind, Function<B, List<R>> rowsOf, Predicate<B> hasMore) {
        this.core = core;
        this.kind = kind;
        this.rowsOf = rowsOf;
        this.hasMore = hasMore;
    }

    /**
     * Reads it.
     *
     * @param page asks for what comes after a row; without one for the first page
     */
    CompletableFuture<List<R>> read(Function<Optional<R>, Request> page) {
        all.ask(
                () -> core.read(page.apply(last()), reply -> Replies.body(reply, kind)),
                answer -> {
                    rows.addAll(rowsOf.apply(answer));
                    if (hasMore.test(answer) && !rowsOf.apply(answer).isEmpty()) {
                        read(page);
                    } else {
                        all.complete(List.copyOf(rows));
                    }
                });
        return all;
    }

    private Optional<R> last() {
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
    }
}
