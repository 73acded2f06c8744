package dev.fencekv.server.state;

import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.PlacedMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The state machine in the words of {@link NaiveModel}. */
final class ModelView {
    private ModelView() {}

    static String of(Outcome outcome) {
        return outcome.status()
                + " r"
                + outcome.revision()
                + " s"
                + outcome.at().packed()
                + " "
                + detail(outcome.result());
    }

    private static String detail(Outcome.Result result) {
        return switch (result.kind()) {
            case NOTHING -> "";
            case REFUSED -> {
                Outcome.Refused refused = (Outcome.Refused) result;
                yield refused.reason() + "/" + refused.number();
            }
            case GONE -> "result gone";
            case NUMBER -> Long.toString(((Outcome.Number) result).number());
            case TRANSACTED -> {
                Outcome.Transacted transacted = (Outcome.Transacted) result;
                List<String> results = new ArrayList<>();
                for (OperationResult one : transacted.results()) {
                    results.add(one.kind() + ":" + detail(one));
                }
                yield transacted.succeeded() + " " + results;
            }
            case TOKEN -> ((Outcome.Token) result).token().toString();
            case SESSION_OPENED -> {
                Outcome.SessionOpened opened = (Outcome.SessionOpened) result;
                yield opened.session() + "/" + opened.ttlMs();
            }
            case CONDITION_FAILED ->
                    Long.toString(((Outcome.ConditionFailed) result).actualRevision());
            case SESSION_EXPIRED ->
                    ((Outcome.SessionExpired) result).outcomesGone() ? "gone" : "kept";
            case FENCED -> {
                List<String> reasons = new ArrayList<>();
                for (FenceViolation one : ((Outcome.Fenced) result).violations()) {
                    reasons.add(objection(one));
                }
                yield reasons.toString();
            }
        };
    }

    private static String detail(OperationResult result) {
        return switch (result.kind()) {
            case PUT -> model(((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                yield delete.deleted() + "/" + model(delete.previous());
            }
            case DELETE_RANGE -> Long.toString(((OperationResult.DeleteRange) result).deleted());
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                yield model(get.record()) + "/" + get.remainingMs();
            }
            case INCREMENT -> Long.toString(((OperationResult.Increment) result).number());
            case APPEND -> Long.toString(((OperationResult.Append) result).number());
            case ACQUIRE -> ((OperationResult.Acquire) result).token().toString();
            case EXPIRE -> Boolean.toString(((OperationResult.Expire) result).found());
        };
    }

    private static String model(Optional<Versioned> record) {
        return record.map(ModelView::model).map(Object::toString).orElse("null");
    }

    private static String objection(FenceViolation one) {
        return one.reason() + "/" + one.lock() + "/" + one.shown() + "/" + one.live();
    }

    static String of(WaitEnded end) {
        return end.session() + "/" + end.owner() + "/" + end.lock() + end.status() + end.token();
    }

    static String describe(KvStateMachine state, Iterable<Key> keys) {
        StateView view = state.view();
        StringBuilder text = new StringBuilder();
        text.append(state.revision()).append(' ').append(state.lastStamp().packed());
        text.append(' ').append(state.leaseTimeMs());
        for (Key key : keys) {
            Versioned record = view.get(key);
            if (record != null) {
                text.append('\n').append(key).append(' ').append(model(record));
            }
        }
        for (Key key : keys) {
            if (view.remainingMs(key) != Operation.NEVER) {
                text.append('\n').append(key).append(view.remainingMs(key));
            }
        }
        for (LockInfo lock : view.locks("", 1000)) {
            text.append('\n').append(lock.name()).append(' ');
            text.append(lock.grant().map(GrantInfo::token).map(Object::toString).orElse("0"));
            text.append('/').append(lock.newestToken()).append('/');
            text.append(lock.delayRemainingMs());
            for (WaiterInfo wait : lock.queue()) {
                text.append(' ').append(wait.session()).append(':').append(wait.owner());
                text.append(':').append(wait.remainingMs());
            }
            for (EndedGrant past : lock.ended()) {
                text.append(' ').append(past.token()).append(past.how()).append(past.revision());
            }
        }
        for (SessionInfo session : view.sessions(SessionId.NONE, 1000)) {
            text.append('\n').append(session.id()).append(' ').append(session.remainingMs());
        }
        for (GuardInfo guard : view.guards(Optional.empty(), Limits.GUARDS_MAX)) {
            text.append('\n').append(guard.guard().prefix()).append(' ');
            text.append(guard.violations());
        }
        for (GateInfo gate : view.gates("", 1000)) {
            text.append("\ngate ").append(gate.resource()).append(' ').append(gate.lock());
            text.append(' ').append(gate.mark()).append(" @").append(gate.revision());
            text.append(" x").append(gate.refused());
        }
        for (Rejection rejection : view.rejections(0, 1000)) {
            text.append('\n').append(rejection.revision()).append(' ');
            text.append(rejection.session()).append(' ');
            text.append(rejection.key().map(Key::toString).orElse("")).append(' ');
            text.append(objection(rejection.violation())).append(' ');
            text.append(rejection.enforced()).append(" x").append(rejection.repeats());
        }
        for (PlacedMember placed : state.placedMembers()) {
            text.append('\n').append(placed.member()).append(' ').append(placed.wanted());
        }
        return text.toString();
    }

    static NaiveModel.ARecord model(Versioned record) {
        return new NaiveModel.ARecord(
                record.value().toUtf8(),
                record.createRevision(),
                record.modifyRevision(),
                record.version(),
                record.stamp().packed(),
                record.token().value(),
                record.owner().value());
    }
}
