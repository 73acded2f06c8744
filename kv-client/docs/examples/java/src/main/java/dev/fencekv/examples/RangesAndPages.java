package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;

/** Read what begins with a prefix, page by page, all as of one moment. */
public final class RangesAndPages {
    private RangesAndPages() {}

    public static void main(String[] endpoints) {
        try (KvClient client = FenceKv.connect(endpoints)) {
            System.out.println("pieces in stock: " + total(client, "stock/"));
            System.out.println("the last order: " + last(client, "orders/"));
        }
    }

    /**
     * The sum of all numbers under a prefix. A sale that moves a piece from one key to another
     * while this reads does not count it twice, or not at all: all pages show one revision. If that
     * is too long ago by the time a page is asked for, the read fails with COMPACTED.
     */
    public static long total(KvClient client, String prefix) {
        long sum = 0;
        for (RangeRow row : client.scan(RangeQuery.prefix(prefix).pageRows(100))) {
            sum += Long.parseLong(row.record().orElseThrow().value().toUtf8());
        }
        return sum;
    }

    /** The highest key under a prefix, without its record; "none" if there is no key. */
    public static String last(KvClient client, String prefix) {
        if (client.count(KeyRange.prefix(prefix), ReadOptions.LINEARIZABLE) == 0) {
            return "none";
        }
        return client.range(RangeQuery.prefix(prefix).reversed().limit(1).withoutRecords())
                .keys()
                .get(0)
                .toString();
    }
}
