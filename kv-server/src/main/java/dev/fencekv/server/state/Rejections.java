package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.OutcomeCodec;
import dev.fencekv.server.command.Setting;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What fences have refused, so that it can be counted and explained. A bounded log of its own: a
 * zombie that tries again and again is counted, and cannot push anything out.
 */
final class Rejections {
    static final class Entry extends Item {
        private Rejection rejection;

        Entry(Rejection rejection) {
            this.rejection = rejection;
        }

        Rejection rejection() {
            return rejection;
        }

        @Override
        ItemKind kind() {
            return ItemKind.REJECTION;
        }

        @Override
        void encodeKey(BytesOut out) {
            out.putLong(rejection.revision());
        }

        @Override
        void encodeContent(BytesOut out) {
            out.putLong(rejection.at().packed());
            out.putLong(rejection.session().value());
            out.putText(rejection.label().value());
            out.putBoolean(rejection.key().isPresent());
            rejection.key().ifPresent(key -> CommandCodec.putKey(key, out));
            OutcomeCodec.encodeViolation(rejection.violation(), out);
            out.putBoolean(rejection.enforced());
            out.putLong(rejection.repeats());
        }
    }

    /** What makes a rejection a repeat of another. */
    private record Repeat(SessionId session, LockName lock, FencingToken shown, boolean enforced)
            implements Comparable<Repeat> {
        private static final Comparator<Repeat> ORDER =
                Comparator.comparing(Repeat::session)
                        .thenComparing(Repeat::shown)
                        .thenComparing(Repeat::lock)
                        .thenComparing(Repeat::enforced);

        @Override
        public int compareTo(Repeat other) {
            return ORDER.compare(this, other);
        }

        static Repeat of(Rejection rejection) {
            return new Repeat(
                    rejection.session(),
                    rejection.violation().lock(),
                    rejection.violation().shown(),
                    rejection.enforced());
        }
    }

    private final Settings settings;
    private final Ledger ledger;
    private final TreeMap<Long, Entry> byRevision = new TreeMap<>();

    /** No hash table: clients choose the names of locks. */
    private final TreeMap<Repeat, Entry> repeats = new TreeMap<>();

    /**
     * After this revision all rejections are on record. No part of the state: after the load of a
     * snapshot it is not known what lay before the oldest one.
     */
    private long floorRevision;

    Rejections(Settings settings, Ledger ledger) {
        this.settings = settings;
        this.ledger = ledger;
    }

    /** Counts a repeat and says so; false if it is a new rejection that must be recorded. */
    boolean repeats(Rejection candidate) {
        Entry known = repeats.get(Repeat.of(candidate));
        if (known == null) {
            return false;
        }
        ledger.changing(known);
        Rejection first = known.rejection;
        known.rejection =
                new Rejection(
                        first.revision(),
                        first.at(),
                        first.session(),
                        first.label(),
                        first.key(),
                        first.violation(),
                        first.enforced(),
                        first.repeats() + 1);
        ledger.changed(known);
        return true;
    }

    void record(Rejection rejection) {
        while (byRevision.size() >= settings.get(Setting.REJECTIONS_MAX)) {
            Entry oldest = byRevision.pollFirstEntry().getValue();
            repeats.remove(Repeat.of(oldest.rejection));
            ledger.removed(oldest);
            floorRevision = oldest.rejection.revision();
        }
        add(rejection);
    }

    private void add(Rejection rejection) {
        Entry entry = new Entry(rejection);
        byRevision.put(rejection.revision(), entry);
        repeats.put(Repeat.of(rejection), entry);
        ledger.added(entry);
    }

    @Nullable Entry next(long after) {
        Map.Entry<Long, Entry> next = byRevision.higherEntry(after);
        return next == null ? null : next.getValue();
    }

    /** After this revision all rejections are on record: here, not on every node. */
    long floorRevision() {
        return floorRevision;
    }

    /** All that a snapshot holds is restored. One without any has never held one. */
    void restored() {
        floorRevision = byRevision.isEmpty() ? 0 : byRevision.firstKey() - 1;
    }

    void restore(BytesIn key, BytesIn content) {
        long revision = key.getLong();
        HybridTimestamp at = new HybridTimestamp(content.getLong());
        SessionId session = new SessionId(content.getLong());
        SessionLabel label = new SessionLabel(content.getText());
        Optional<Key> written =
                content.getBoolean() ? Optional.of(CommandCodec.getKey(content)) : Optional.empty();
        FenceViolation violation = OutcomeCodec.decodeViolation(content);
        boolean enforced = content.getBoolean();
        add(
                new Rejection(
                        revision,
                        at,
                        session,
                        label,
                        written,
                        violation,
                        enforced,
                        content.getLong()));
    }
}
