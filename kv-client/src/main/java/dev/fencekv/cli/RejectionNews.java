package dev.fencekv.cli;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What there is to tell of the recorded rejections since they were looked at last: new ones, and
 * known ones that were repeated since. Owned by the feed that asks.
 */
final class RejectionNews {
    /**
     * Repeats are looked for among the newest so many. All of the record, read once a second by
     * whoever watches, would be a load: it may hold a million.
     */
    static final int WATCHED_MAX = Limits.LIST_ROWS_MAX;

    /** Repeats as last told, by revision; at most {@link #WATCHED_MAX}. */
    private final TreeMap<Long, Long> told = new TreeMap<>();

    /** Below or at it nothing is looked for any more. */
    private long after;

    RejectionNews(long after) {
        this.after = after;
    }

    /** From where to list: rejections with a higher revision. Only grows. */
    long after() {
        return after;
    }

    /** What is news of {@code listed}, which is all that was on record after {@link #after}. */
    List<Rejection> in(List<Rejection> listed) {
        List<Rejection> news = new ArrayList<>();
        for (Rejection rejection : listed) {
            Long before = told.put(rejection.revision(), rejection.repeats());
            if (before == null || before < rejection.repeats()) {
                news.add(rejection);
            }
        }
        while (told.size() > WATCHED_MAX) {
            after = told.pollFirstEntry().getKey();
        }
        return news;
    }
}
