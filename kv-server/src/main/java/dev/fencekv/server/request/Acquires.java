package dev.fencekv.server.request;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.state.LockUse;
import dev.fencekv.server.state.StateView;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.util.List;

/**
 * Acquires that may have to wait: the first reply says QUEUED, the second how the wait ended,
 * whichever node made it end. Safe from any thread.
 */
final class Acquires {
    private final AppliedState state;
    private final LockWaits waits = new LockWaits();

    Acquires(AppliedState state) {
        this.state = state;
    }

    /** Registers the wait; to be called before the acquire is proposed. */
    Caller waiting(
            ClientConnection connection,
            long correlation,
            Opcode opcode,
            LockWaits.Owner owner,
            LockUse use) {
        Caller end = new Caller(state, connection, correlation, opcode);
        LockWaits.Wait wait = waits.register(owner, use, end, ended -> tell(end, ended));
        return new Caller(state, connection, correlation, opcode) {
            @Override
            public void applied(Outcome outcome) {
                if (outcome.status() == Status.QUEUED) {
                    sendQueued(outcome);
                    examine(wait);
                } else {
                    wait.finish();
                    super.applied(outcome);
                }
            }

            @Override
            public void refused(Refusal refusal) {
                wait.finish();
                super.refused(refusal);
            }

            @Override
            public void unknown() {
                wait.finish();
                super.unknown();
            }
        };
    }

    private static void tell(Caller caller, WaitEnded end) {
        Reply.Body body =
                end.status() == Status.OK ? new Reply.Token(end.token()) : bodyOfEnd(end.status());
        caller.answer(end.status(), end.revision(), end.at(), body);
    }

    private static Reply.Body bodyOfEnd(Status status) {
        return status == Status.SESSION_EXPIRED ? new Reply.SessionExpired(false) : Reply.NOTHING;
    }

    /** Looks where the wait stands now: its outcome may be an old one, remembered for a retry. */
    private void examine(LockWaits.Wait wait) {
        Caller caller = wait.caller();
        LockWaits.Owner owner = wait.owner();
        boolean live;
        StateView.LockPlace place;
        try {
            live = state.read(machine -> machine.view().isLive(owner.session()));
            place =
                    state.read(
                            machine ->
                                    machine.view()
                                            .place(
                                                    owner.session(),
                                                    owner.owner(),
                                                    owner.lock(),
                                                    wait.use()));
        } catch (PoisonedException e) {
            wait.finish();
            caller.unknown();
            return;
        }
        switch (place.state()) {
            case QUEUED -> wait.queuedAt(place.number());
            case GRANTED -> finish(wait, caller, place.grant().orElseThrow());
            case ENDED -> finish(wait, caller, live ? Status.LOCK_BUSY : Status.SESSION_EXPIRED);
        }
    }

    private static void finish(LockWaits.Wait wait, Caller caller, GrantInfo grant) {
        if (wait.finish()) {
            FencingToken token = grant.token();
            caller.answer(Status.OK, grant.revision(), grant.at(), new Reply.Token(token));
        }
    }

    private static void finish(LockWaits.Wait wait, Caller caller, Status status) {
        if (wait.finish()) {
            caller.send(status, bodyOfEnd(status));
        }
    }

    void ended(List<WaitEnded> ends) {
        for (WaitEnded end : ends) {
            waits.ended(end);
        }
    }

    /** The state was replaced by a snapshot: whoever waits is looked up in it. */
    void examineAll() {
        for (LockWaits.Wait wait : waits.all()) {
            if (wait.isTold()) {
                examine(wait);
            }
        }
    }

    void closed(ClientConnection connection) {
        waits.closed(connection);
    }
}
