package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * Watches locks and rejections as clients do, which go from one replica to another: to those that
 * lag, and to those that began from a snapshot. What a feed tells between two revisions must be
 * what the model remembers of them, all of it, once, in order; and it must not say that something
 * is gone that it was told a moment ago. By a seed of its own, as {@link SimReads}.
 */
final class SimFeeds {
    private static final int WATCHERS = 3;

    /** A client: reads now here, now there. */
    private static final class Watcher<E> {
        private final LongFunction<EventFeed<E>> feeds;
        private final Function<E, String> words;
        private EventFeed<E> feed;

        Watcher(LongFunction<EventFeed<E>> feeds, Function<E, String> words) {
            this.feeds = feeds;
            this.words = words;
            this.feed = feeds.apply(1);
        }
    }

    private final NaiveModel model;
    private final SplittableRandom random = new SplittableRandom(2);
    private final List<Watcher<LockEvent>> ofLocks = new ArrayList<>();
    private final List<Watcher<Rejection>> ofRejections = new ArrayList<>();

    /** How often what was told, and how often something was gone. */
    final TreeMap<String, Integer> met = new TreeMap<>();

    SimFeeds(NaiveModel model) {
        this.model = model;
        for (int i = 0; i < WATCHERS; i++) {
            ofLocks.add(
                    new Watcher<>(
                            from -> new LockFeed(LockNames.ALL, true, from), SimFeeds::words));
            ofRejections.add(
                    new Watcher<>(
                            from ->
                                    new RejectionFeed(
                                            new RejectionFeed.Wanted(
                                                    KeyRange.ALL, LockNames.ALL, false),
                                            from),
                            SimFeeds::words));
        }
    }

    /** Now and then: a watcher that comes seldom falls behind, and finds things gone. */
    void judge(KvStateMachine state) {
        int chosen = random.nextInt(4 * WATCHERS);
        if (chosen < WATCHERS) {
            judge(state, ofLocks.get(chosen), model.lockEvents);
        } else if (chosen < 2 * WATCHERS) {
            judge(state, ofRejections.get(chosen - WATCHERS), model.rejectionEvents);
        }
    }

    private <E> void judge(
            KvStateMachine state, Watcher<E> watcher, TreeMap<Long, List<String>> all) {
        EventFeed<E> feed = watcher.feed;
        while (true) {
            long from = feed.nextRevision();
            EventFeed.Portion<E> portion = feed.read(state);
            if (portion == null) {
                long floor = feed.floorRevision(state);
                assertThat(from).isLessThanOrEqualTo(floor).isLessThanOrEqualTo(state.revision());
                watcher.feed = watcher.feeds.apply(floor + 1);
                met.merge("COMPACTED", 1, Integer::sum);
                return;
            }
            assertThat(portion.whole()).as("no revision has so many events").isTrue();
            List<String> expected = new ArrayList<>();
            if (from <= portion.revision()) {
                all.subMap(from, true, portion.revision(), true).values().forEach(expected::addAll);
            }
            assertThat(portion.events().stream().map(watcher.words).toList())
                    .as("from %d to %d", from, portion.revision())
                    .isEqualTo(expected);
            for (String event : expected) {
                met.merge(event.substring(0, event.indexOf(' ')), 1, Integer::sum);
            }
            feed.taken(portion);
            assertThat(feed.nextRevision()).isEqualTo(Math.max(from, portion.revision() + 1));
            if (portion.atEnd()) {
                return;
            }
        }
    }

    private static String words(LockEvent event) {
        return NaiveModel.words(
                event.type().name(),
                event.revision(),
                event.stamp().packed(),
                event.lock().value(),
                event.token().value(),
                event.session().value(),
                event.owner(),
                event.label().value(),
                event.shared() ? event.permits() : -1,
                event.delayMs());
    }

    private static String words(Rejection rejection) {
        return NaiveModel.words(
                rejection.enforced(),
                rejection.revision(),
                rejection.session().value(),
                rejection.key().map(key -> key.toString()).orElse(""),
                new NaiveModel.Objection(
                        rejection.violation().reason(),
                        rejection.violation().lock().value(),
                        rejection.violation().shown().value(),
                        rejection.violation().live().value()));
    }
}
