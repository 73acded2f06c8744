package dev.fencekv.server.request;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.Replicator;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.StateView;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers reads from this node's state: linearizable ones once the leader has confirmed an index
 * that is applied here, stale ones at once. The first look is taken by whoever brings the read or
 * its confirmation, a client's event loop or the apply thread, and is short; a read that needs more
 * of them is gone on with by {@link LongReads}. Safe from any thread.
 */
final class Reads {
    private static final Logger log = LoggerFactory.getLogger(Reads.class);

    private static final Reply.Body NOTHING_APPLIED =
            new Reply.Message(
                    "this node has applied nothing yet, or the cluster is not formed: try another"
                            + " node, or later");

    private final Replicator replicator;
    private final LongReads longReads = new LongReads();

    Reads(Replicator replicator) {
        this.replicator = replicator;
    }

    /** What a read found, and as of when. */
    private record Answer(Status status, Reply.Body body, long revision, HybridTimestamp stamp) {}

    void get(Caller caller, Request.Get get) {
        inMode(
                caller,
                get.mode(),
                get.atLeastRevision(),
                get.fences(),
                (view, ageMs) -> found(view, get, ageMs));
    }

    void ttl(Caller caller, Request.Ttl request) {
        linearizable(
                caller,
                view ->
                        view.get(request.key()) == null
                                ? new Finding(Status.NOT_FOUND, Reply.NOTHING)
                                : Finding.ok(new Reply.Ttl(view.remainingMs(request.key()))));
    }

    private static Finding found(StateView view, Request.Get get, long ageMs) {
        Versioned record = view.get(get.key());
        // After the value was read: a token that lives now lived then.
        List<FenceViolation> violations = view.judgeRead(get.key(), get.fences());
        if (!violations.isEmpty()) {
            return Finding.fenced(violations);
        }
        return record == null
                ? new Finding(Status.NOT_FOUND, Reply.NOTHING)
                : new Finding(Status.OK, new Reply.Found(record, ageMs));
    }

    /** What one look at the state found. */
    record Finding(Status status, Reply.Body body, long revision) {
        /** {@link #revision} of what is as of the state that was looked at. */
        private static final long OF_THE_STATE = -1;

        Finding(Status status, Reply.Body body) {
            this(status, body, OF_THE_STATE);
        }

        static Finding ok(Reply.Body body) {
            return new Finding(Status.OK, body);
        }

        static Finding refused(Status status, String why) {
            return new Finding(status, new Reply.Message(why));
        }

        static Finding fenced(List<FenceViolation> violations) {
            int shown = Math.min(violations.size(), Limits.VIOLATIONS_PER_OUTCOME_MAX);
            return new Finding(
                    Status.FENCED,
                    new Reply.Fenced(violations.subList(0, shown), violations.size()));
        }
    }

    /** A look at records. */
    @FunctionalInterface
    interface Look {
        /**
         * Null if it needs another look: then it is called again, perhaps by another thread.
         *
         * @param ageMs of a stale read: since this node last knew itself up to date; else 0
         */
        @Nullable Finding at(StateView view, long ageMs);
    }

    /** Answers with what {@code look} finds in a state that is as fresh as the mode asks for. */
    void inMode(Caller caller, ReadMode mode, long atLeastRevision, List<Fence> fences, Look look) {
        if (mode == ReadMode.LINEARIZABLE) {
            linearizable(caller, new Looking(look, 0));
        } else if (!fences.isEmpty()) {
            // A node that lags does not know yet that the token is dead.
            caller.refuse(Status.INVALID_ARGUMENT, "a read that shows tokens must be linearizable");
        } else if (replicator.applied().revision() < atLeastRevision) {
            caller.refuse(Status.UNAVAILABLE, lags(replicator.applied().revision()));
        } else {
            long ageMs = replicator.ageMs();
            now(caller, new Looking(look, ageMs));
        }
    }

    /** A look as the methods below want it. */
    private record Looking(Look look, long ageMs)
            implements Function<StateView, @Nullable Finding> {
        @Override
        public @Nullable Finding apply(StateView view) {
            return look.at(view, ageMs);
        }
    }

    static String lags(long revision) {
        return "this node has applied revision " + revision + " only: try another node, or later";
    }

    /**
     * Answers with what {@code look} finds in a state that has all that was acknowledged so far.
     */
    void linearizable(Caller caller, Function<StateView, ? extends @Nullable Finding> look) {
        replicator.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        now(caller, look);
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        caller.refused(refusal);
                    }
                });
    }

    /**
     * Answers with what {@code look} finds in the state as it is here and now. As long as it finds
     * null it is repeated, a little later.
     */
    void now(Caller caller, Function<StateView, ? extends @Nullable Finding> look) {
        if (!isOver(caller, look)) {
            longReads.goOn(caller, () -> isOver(caller, look));
        }
    }

    /** Takes one look; false if the caller still waits for an answer, and needs another. */
    private boolean isOver(Caller caller, Function<StateView, ? extends @Nullable Finding> look) {
        @Nullable Answer answer;
        try {
            answer = replicator.applied().read(machine -> answer(machine, look));
        } catch (PoisonedException e) {
            caller.refuse(Status.UNAVAILABLE, "this node has stopped: ask another one");
            return true;
        } catch (IllegalArgumentException e) {
            caller.refuse(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
            return true;
        } catch (RuntimeException e) {
            log.error("a read failed", e);
            caller.refuse(Status.UNAVAILABLE, "internal error");
            return true;
        }
        if (answer == null) {
            return !caller.connection().isOpen();
        }
        caller.answer(answer.status(), answer.revision(), answer.stamp(), answer.body());
        return true;
    }

    /**
     * HAZARD: nodes that lost their disks, and wait for the one that did not, would say of every
     * key that it is not there, and one that is just starting, too.
     */
    private static @Nullable Answer answer(
            KvStateMachine machine, Function<StateView, ? extends @Nullable Finding> look) {
        Finding finding =
                machine.cluster().isNone()
                        ? new Finding(Status.UNAVAILABLE, NOTHING_APPLIED)
                        : look.apply(machine.view());
        if (finding == null) {
            return null;
        }
        return new Answer(
                finding.status(),
                finding.body(),
                finding.revision() == Finding.OF_THE_STATE
                        ? machine.revision()
                        : finding.revision(),
                machine.lastStamp());
    }
}
