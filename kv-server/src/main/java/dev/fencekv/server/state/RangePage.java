package dev.fencekv.server.state;

import dev.fencekv.kv.RangeRow;
import java.util.List;

/**
 * The first keys of a range, in the order asked for.
 *
 * @param more whether the range has keys beyond the last row
 */
public record RangePage(List<RangeRow> rows, boolean more) {
    public RangePage {
        rows = List.copyOf(rows);
    }
}
