package dev.fencekv.server.state;

import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of more than one key, as a story tells of them. */
final class ScenarioReads {
    private ScenarioReads() {}

    /** {@code list from=a to=c prefix=x limit=2 at=7 reverse keys count}. */
    static List<String> list(StateView view, ScenarioLine line, List<Fence> fences) {
        KeyRange range =
                line.has("prefix")
                        ? KeyRange.prefix(line.text("prefix"))
                        : KeyRange.of(line.text("from", ""), line.text("to", ""));
        AsOf at = line.has("at") ? AsOf.revision(line.number("at", 0)) : AsOf.NOW;
        StateView.Standing standing = view.standing(at);
        if (standing != StateView.Standing.KNOWN) {
            return List.of(standing.toString());
        }
        RecordsAsOf records = view.recordsAsOf(at);
        List<String> shown = new ArrayList<>();
        if (line.says("count")) {
            shown.add("count=" + records.count(range));
        } else {
            RangePage page =
                    records.page(
                            range,
                            line.says("reverse"),
                            line.says("keys"),
                            (int) line.number("limit", 100),
                            Long.MAX_VALUE);
            page.rows().forEach(row -> shown.add(row(row.key(), row.record().orElse(null))));
            shown.add("as of " + records.revision() + (page.more() ? ", more" : ""));
        }
        List<FenceViolation> violations = view.judgeRead(range, fences);
        return violations.isEmpty() ? shown : List.of("FENCED " + violations.get(0));
    }

    private static String row(Key key, @Nullable Versioned record) {
        return record == null
                ? key.toString()
                : key + "=" + record.value().toUtf8() + " modified@" + record.modifyRevision();
    }
}
