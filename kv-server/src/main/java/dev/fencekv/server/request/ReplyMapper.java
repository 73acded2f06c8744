package dev.fencekv.server.request;

import dev.fencekv.server.command.Outcome;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;

/** Words replies. Stateless. */
final class ReplyMapper {
    private ReplyMapper() {}

    static Reply of(Opcode opcode, Outcome outcome) {
        return new Reply(
                opcode, outcome.status(), outcome.revision(), outcome.at(), body(outcome.result()));
    }

    private static Reply.Body body(Outcome.Result result) {
        return switch (result.kind()) {
            case NOTHING -> Reply.NOTHING;
            case TOKEN -> new Reply.Token(((Outcome.Token) result).token());
            case SESSION_OPENED -> sessionOpened((Outcome.SessionOpened) result);
            case FENCED -> fenced((Outcome.Fenced) result);
            case CONDITION_FAILED ->
                    new Reply.ConditionFailed(((Outcome.ConditionFailed) result).actualRevision());
            case REFUSED -> new Reply.Message(((Outcome.Refused) result).message());
            case SESSION_EXPIRED ->
                    new Reply.SessionExpired(((Outcome.SessionExpired) result).outcomesGone());
            case GONE -> new Reply.ResultGone();
        };
    }

    private static Reply.Body sessionOpened(Outcome.SessionOpened opened) {
        return new Reply.SessionOpened(opened.session(), opened.ttlMs());
    }

    private static Reply.Body fenced(Outcome.Fenced fenced) {
        return new Reply.Fenced(fenced.violations(), fenced.total());
    }
}
