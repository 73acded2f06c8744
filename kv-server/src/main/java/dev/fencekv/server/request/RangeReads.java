package dev.fencekv.server.request;

import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.state.CountAsOf;
import dev.fencekv.server.state.KeysAsOf;
import dev.fencekv.server.state.PageAsOf;
import dev.fencekv.server.state.RangePage;
import dev.fencekv.server.state.RecordsAsOf;
import dev.fencekv.server.state.SearchAsOf;
import dev.fencekv.server.state.StateView;
import dev.fencekv.server.state.Steps;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.ReadTerms;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Answers reads of more than one key, each as of one revision. What is read as of now takes one
 * look at the state, which is kept from changing for no longer than it takes to copy a frame's
 * worth of records; what is read as of the past takes a short look, then as many of {@link
 * #STEPS_PER_LOOK} as the changes since call for. Safe from any thread.
 */
final class RangeReads {
    /** What keys and records may take of a frame; the rest is for what stands around them. */
    static final long ANSWER_BYTES_MAX = Limits.FRAME_BYTES_MAX - 1024;

    /**
     * Of the first look at the past: some tens of microseconds. It may be taken by the apply
     * thread, for each of thousands of reads that share a confirmation.
     */
    private static final int STEPS_OF_FIRST_LOOK = 64;

    /** Of each further one: a millisecond or so, in which nothing is applied. */
    private static final int STEPS_PER_LOOK = 4_096;

    private final Reads reads;

    RangeReads(Reads reads) {
        this.reads = reads;
    }

    void range(Caller caller, Request.Range request) {
        Function<StateView, List<FenceViolation>> judge =
                view -> view.judgeRead(request.range(), request.terms().fences());
        if (request.what() == RangeWhat.COUNT) {
            CountAsOf count = new CountAsOf(request.range());
            read(
                    caller,
                    request.terms(),
                    count,
                    ageMs -> ok(new Reply.Range(count.count(), ageMs, List.of(), false)),
                    judge);
            return;
        }
        PageAsOf page =
                new PageAsOf(
                        request.range(),
                        request.reverse(),
                        request.what() == RangeWhat.KEYS,
                        request.limit(),
                        ANSWER_BYTES_MAX);
        read(caller, request.terms(), page, ageMs -> ok(page(page.page(), ageMs)), judge);
    }

    private static Reply.Range page(RangePage page, long ageMs) {
        return new Reply.Range(0, ageMs, page.rows(), page.more());
    }

    void getMany(Caller caller, Request.GetMany request) {
        KeysAsOf keys = new KeysAsOf(request.keys(), ANSWER_BYTES_MAX);
        read(
                caller,
                request.terms(),
                keys,
                ageMs -> many(keys, request, ageMs),
                view -> judgeKeys(view, request));
    }

    private static Reads.Finding many(KeysAsOf keys, Request.GetMany request, long ageMs) {
        if (!keys.isTooMuch()) {
            return ok(new Reply.Records(ageMs, keys.found()));
        }
        return Reads.Finding.refused(
                Status.TOO_LARGE,
                "the first "
                        + (keys.found().size() + 1)
                        + " of the "
                        + request.keys().size()
                        + " keys have more than "
                        + ANSWER_BYTES_MAX
                        + " bytes of records, which one reply cannot hold: ask for fewer"
                        + " keys at a time, as of one revision");
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

    private static Reads.Finding ok(Reply.Body body) {
        return new Reads.Finding(Status.OK, body);
    }

    /** Judges the tokens after the last look: one that lives now lived then. */
    private void read(
            Caller caller,
            ReadTerms terms,
            SearchAsOf search,
            LongFunction<Reads.Finding> answer,
            Function<StateView, List<FenceViolation>> judge) {
        Looks looks = new Looks(terms, search, answer);
        reads.inMode(
                caller,
                terms.mode(),
                terms.atLeastRevision(),
                terms.fences(),
                (view, ageMs) -> {
                    Reads.Finding finding = looks.at(view, ageMs);
                    if (finding == null || terms.fences().isEmpty()) {
                        return finding;
                    }
                    List<FenceViolation> violations = judge.apply(view);
                    return violations.isEmpty() ? finding : Reads.Finding.fenced(violations);
                });
    }

    /** One read, in as many looks as it takes: by one thread after the other. */
    private static final class Looks implements Reads.Look {
        private final ReadTerms terms;
        private final SearchAsOf search;
        private final LongFunction<Reads.Finding> answer;

        /** A stamp becomes a revision with the first look. */
        private AsOf at;

        private int stepsOfNext = STEPS_OF_FIRST_LOOK;

        Looks(ReadTerms terms, SearchAsOf search, LongFunction<Reads.Finding> answer) {
            this.terms = terms;
            this.search = search;
            this.answer = answer;
            this.at = terms.at();
        }

        @Override
        public Reads.@Nullable Finding at(StateView view, long ageMs) {
            return switch (view.standing(at)) {
                case KNOWN -> known(view.recordsAsOf(at), ageMs);
                case COMPACTED ->
                        new Reads.Finding(
                                Status.COMPACTED, new Reply.Compacted(view.oldestRevision()));
                case AHEAD ->
                        terms.mode() == ReadMode.STALE
                                ? Reads.Finding.refused(
                                        Status.UNAVAILABLE,
                                        "this node has not come to "
                                                + at
                                                + ": try another, or later")
                                : Reads.Finding.refused(
                                        Status.INVALID_ARGUMENT,
                                        at + " is yet to come: its answer could still change");
            };
        }

        private Reads.@Nullable Finding known(RecordsAsOf records, long ageMs) {
            if (!search.go(records, new Steps(stepsOfNext))) {
                at = AsOf.revision(records.revision());
                stepsOfNext = STEPS_PER_LOOK;
                return null;
            }
            Reads.Finding found = answer.apply(ageMs);
            return found.status() == Status.OK
                    ? new Reads.Finding(Status.OK, found.body(), records.revision())
                    : found;
        }
    }
}
