package dev.fencekv.server.request;

import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.RangePage;
import dev.fencekv.server.state.RecordsAsOf;
import dev.fencekv.server.state.StateView;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.ReadTerms;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Answers reads of more than one key, each as of one revision: in one look at the state, which is
 * kept from changing for no longer than it takes to copy a frame's worth of records. Safe from any
 * thread.
 */
final class RangeReads {
    /** What keys and records may take of a frame; the rest is for what stands around them. */
    static final long ANSWER_BYTES_MAX = Limits.FRAME_BYTES_MAX - 1024;

    private final Reads reads;

    RangeReads(Reads reads) {
        this.reads = reads;
    }

    void range(Caller caller, Request.Range request) {
        read(
                caller,
                request.terms(),
                (view, ageMs) ->
                        asOf(view, request.terms(), records -> range(records, request, ageMs)),
                view -> view.judgeRead(request.range(), request.terms().fences()));
    }

    private static Reads.Finding range(RecordsAsOf records, Request.Range request, long ageMs) {
        if (request.what() == RangeWhat.COUNT) {
            long count = records.count(request.range());
            return found(records, new Reply.Range(count, ageMs, List.of(), false));
        }
        RangePage page =
                records.page(
                        request.range(),
                        request.reverse(),
                        request.what() == RangeWhat.KEYS,
                        request.limit(),
                        ANSWER_BYTES_MAX);
        return found(records, new Reply.Range(0, ageMs, page.rows(), page.more()));
    }

    void getMany(Caller caller, Request.GetMany request) {
        read(
                caller,
                request.terms(),
                (view, ageMs) ->
                        asOf(view, request.terms(), records -> many(records, request, ageMs)),
                view -> judgeKeys(view, request));
    }

    private static Reads.Finding many(RecordsAsOf records, Request.GetMany request, long ageMs) {
        List<Optional<Versioned>> found = new ArrayList<>(request.keys().size());
        long bytes = 0;
        for (Key key : request.keys()) {
            Versioned record = records.get(key);
            bytes += record == null ? 1 : RecordsAsOf.bytesOf(record);
            if (bytes > ANSWER_BYTES_MAX) {
                return Reads.Finding.refused(
                        Status.TOO_LARGE,
                        "the first "
                                + (found.size() + 1)
                                + " of the "
                                + request.keys().size()
                                + " keys have more than "
                                + ANSWER_BYTES_MAX
                                + " bytes of records, which one reply cannot hold: ask for fewer"
                                + " keys at a time, as of one revision");
            }
            found.add(Optional.ofNullable(record));
        }
        return found(records, new Reply.Records(ageMs, found));
    }

    private static List<FenceViolation> judgeKeys(StateView view, Request.GetMany request) {
        for (Key key : request.keys()) {
            List<FenceViolation> violations = view.judgeRead(key, request.terms().fences());
            if (!violations.isEmpty()) {
                return violations;
            }
        }
        return List.of();
    }

    private static Reads.Finding found(RecordsAsOf records, Reply.Body body) {
        return new Reads.Finding(Status.OK, body, records.revision());
    }

    /** Judges the tokens after the look: one that lives now lived then. */
    private void read(
            Caller caller,
            ReadTerms terms,
            Reads.Look look,
            Function<StateView, List<FenceViolation>> judge) {
        reads.inMode(
                caller,
                terms.mode(),
                terms.atLeastRevision(),
                terms.fences(),
                (view, ageMs) -> {
                    Reads.Finding finding = look.at(view, ageMs);
                    List<FenceViolation> violations =
                            terms.fences().isEmpty() ? List.of() : judge.apply(view);
                    return violations.isEmpty() ? finding : Reads.Finding.fenced(violations);
                });
    }

    private static Reads.Finding asOf(
            StateView view, ReadTerms terms, Function<RecordsAsOf, Reads.Finding> look) {
        AsOf at = terms.at();
        return switch (view.standing(at)) {
            case KNOWN -> look.apply(view.recordsAsOf(at));
            case COMPACTED ->
                    new Reads.Finding(Status.COMPACTED, new Reply.Compacted(view.oldestRevision()));
            case AHEAD ->
                    terms.mode() == ReadMode.STALE
                            ? Reads.Finding.refused(
                                    Status.UNAVAILABLE,
                                    "this node has not come to " + at + ": try another, or later")
                            : Reads.Finding.refused(
                                    Status.INVALID_ARGUMENT,
                                    at + " is yet to come: its answer could still change");
        };
    }
}
