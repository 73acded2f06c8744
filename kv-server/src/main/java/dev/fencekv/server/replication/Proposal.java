package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command on its way into the log, and whom to tell. Made for one attempt.
 *
 * <p>Assumptions: (1) it is submitted once.
 *
 * <p>Guarantees: (1) its completion is called at most once, whichever threads settle it; (2) what
 * the completion throws goes no further.
 */
public final class Proposal {
    private static final Logger LOG = LoggerFactory.getLogger(Proposal.class);
    private static final VarHandle SETTLED;

    static {
        try {
            SETTLED =
                    MethodHandles.lookup().findVarHandle(Proposal.class, "settled", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Command command;
    private final HybridTimestamp seen;
    private final Completion completion;

    /** Written before it is queued, read by the combiner's turn. */
    @Nullable Term admittedIn;

    /** Written before it is queued. */
    long submittedNanos;

    private volatile boolean settled;

    /**
     * @param seen the highest stamp that the client has seen; the entry's stamp will be above it
     */
    public Proposal(Command command, HybridTimestamp seen, Completion completion) {
        this.command = command;
        this.seen = seen;
        this.completion = completion;
    }

    public Command command() {
        return command;
    }

    public HybridTimestamp seen() {
        return seen;
    }

    boolean isSettled() {
        return settled;
    }

    void applied(Outcome outcome) {
        if (settle()) {
            try {
                completion.applied(outcome);
            } catch (RuntimeException e) {
                LOG.error("a completion failed", e);
            }
        }
    }

    void refuse(Refusal refusal) {
        if (settle()) {
            try {
                completion.refused(refusal);
            } catch (RuntimeException e) {
                LOG.error("a completion failed", e);
            }
        }
    }

    void unknown() {
        if (settle()) {
            try {
                completion.unknown();
            } catch (RuntimeException e) {
                LOG.error("a completion failed", e);
            }
        }
    }

    private boolean settle() {
        return SETTLED.compareAndSet(this, false, true);
    }
}
