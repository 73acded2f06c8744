package dev.fencekv.server.request;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.Completion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;

/** Who asked one thing and waits for the answer. Safe from any thread. */
class Caller implements Completion {
    private final AppliedState state;
    private final ClientConnection connection;
    private final long correlation;
    private final Opcode opcode;

    Caller(AppliedState state, ClientConnection connection, long correlation, Opcode opcode) {
        this.state = state;
        this.connection = connection;
        this.correlation = correlation;
        this.opcode = opcode;
    }

    ClientConnection connection() {
        return connection;
    }

    @Override
    public void applied(Outcome outcome) {
        send(ReplyMapper.of(opcode, outcome));
    }

    @Override
    public void refused(Refusal refusal) {
        Reply.Body body =
                refusal.status() == Status.NOT_LEADER
                        ? new Reply.NotLeader(refusal.leader())
                        : new Reply.Message(refusal.message());
        send(refusal.status(), body);
    }

    @Override
    public void unknown() {
        refuse(
                Status.OUTCOME_UNKNOWN,
                "the command may or may not have applied: ask again with the same sequence number");
    }

    /** This attempt is refused for a reason that people can do something about. */
    void refuse(Status status, String message) {
        send(status, new Reply.Message(message));
    }

    /** An answer that no revision goes with. */
    void send(Status status, Reply.Body body) {
        send(new Reply(opcode, status, 0, state.lastStamp(), body));
    }

    /** An answer read from the state as of {@code revision}. */
    void answer(Status status, long revision, HybridTimestamp stamp, Reply.Body body) {
        send(new Reply(opcode, status, revision, stamp, body));
    }

    void send(Reply reply) {
        connection.reply(correlation, reply, false);
    }

    /** A place in a queue: another reply follows. */
    void sendQueued(Outcome outcome) {
        connection.reply(correlation, ReplyMapper.of(opcode, outcome), true);
    }
}
