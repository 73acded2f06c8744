package dev.fencekv.server.state;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What a story is told by feeds. */
final class ScenarioEvents {
    private ScenarioEvents() {}

    /** {@code from=}, then {@code lock=} or {@code prefix=}, and {@code queue}. */
    static List<String> locks(
            KvStateMachine state, ScenarioLine line, Function<SessionId, String> names) {
        LockNames locks =
                line.has("lock")
                        ? LockNames.only(new LockName(line.text("lock")))
                        : LockNames.startingWith(line.text("prefix", ""));
        return all(
                state,
                new LockFeed(locks, line.says("queue"), line.number("from", 1)),
                event -> shown(event, names));
    }

    /** {@code from=}, {@code prefix=} of keys, {@code lock=}, and {@code enforced}. */
    static List<String> rejections(
            KvStateMachine state, ScenarioLine line, Function<SessionId, String> names) {
        RejectionFeed.Wanted wanted =
                new RejectionFeed.Wanted(
                        KeyRange.prefix(line.text("prefix", "")),
                        line.has("lock")
                                ? LockNames.only(new LockName(line.text("lock")))
                                : LockNames.ALL,
                        line.says("enforced"));
        return all(
                state,
                new RejectionFeed(wanted, line.number("from", 1)),
                rejection -> shown(rejection, names));
    }

    private static <E> List<String> all(
            KvStateMachine state, EventFeed<E> feed, Function<E, String> shown) {
        List<String> told = new ArrayList<>();
        while (true) {
            EventFeed.Portion<E> portion = feed.read(state);
            if (portion == null) {
                return List.of("COMPACTED oldest=" + feed.floorRevision(state));
            }
            portion.events().forEach(event -> told.add(shown.apply(event)));
            feed.taken(portion);
            if (portion.atEnd()) {
                return told;
            }
        }
    }

    private static String shown(LockEvent event, Function<SessionId, String> names) {
        return "@"
                + event.revision()
                + " "
                + event.lock()
                + " "
                + event.type().name().toLowerCase(Locale.ROOT)
                + " "
                + names.apply(event.session())
                + " owner="
                + event.owner()
                + (event.token().equals(FencingToken.NONE) ? "" : " token=" + event.token())
                + (!event.shared()
                        ? ""
                        : event.permits() == 0 ? " shared" : " permit of " + event.permits())
                + (event.delayMs() == 0 ? "" : " closed-for=" + event.delayMs());
    }

    private static String shown(Rejection rejection, Function<SessionId, String> names) {
        return "@"
                + rejection.revision()
                + " "
                + names.apply(rejection.session())
                + rejection.key().map(key -> " key=" + key).orElse("")
                + " "
                + rejection.violation()
                + (rejection.enforced() ? "" : " (observed)")
                + (rejection.repeats() == 1 ? "" : " x" + rejection.repeats());
    }
}
