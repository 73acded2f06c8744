package dev.fencekv.server.request;

import dev.fencekv.kv.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * One page of a listing.
 *
 * <p>HAZARD: a thousand locks with a thousand waiters each are a million rows. They would all be on
 * the heap before the codec cuts the page at the size of a frame. So rows are read one by one, and
 * no more than weigh as much as a frame.
 *
 * @param more whether there are rows after the last one
 */
record Page<T>(List<T> rows, boolean more) {
    /**
     * Reads up to {@code limit} rows, at least one if there is one.
     *
     * @param first the first row, alone in a list; an empty list if there is none
     * @param next the row after another one
     */
    static <T> Page<T> read(
            int limit, List<T> first, Function<T, List<T>> next, ToLongFunction<T> weight) {
        List<T> rows = new ArrayList<>();
        List<T> row = first;
        long bytes = 0;
        while (!row.isEmpty() && rows.size() < limit && bytes < Limits.FRAME_BYTES_MAX) {
            rows.add(row.get(0));
            bytes += weight.applyAsLong(row.get(0));
            row = next.apply(row.get(0));
        }
        return new Page<>(rows, !row.isEmpty());
    }
}
