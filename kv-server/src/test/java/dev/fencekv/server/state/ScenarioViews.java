package dev.fencekv.server.state;

import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a story sees of the state. */
final class ScenarioViews {
    private ScenarioViews() {}

    static List<String> lock(StateView view, LockName name, Function<SessionId, String> names) {
        Optional<LockInfo> found = view.lock(name);
        if (found.isEmpty()) {
            return List.of("NOT_FOUND");
        }
        LockInfo lock = found.get();
        List<String> shown = new ArrayList<>();
        shown.add(
                lock.grant().map(grant -> held(grant, names)).orElse("free")
                        + " newest="
                        + lock.newestToken()
                        + (lock.delayRemainingMs() > 0
                                ? " closed-for=" + lock.delayRemainingMs()
                                : ""));
        for (WaiterInfo waiter : lock.queue()) {
            shown.add(
                    "waits "
                            + names.apply(waiter.session())
                            + " owner="
                            + waiter.owner()
                            + " for="
                            + waiter.remainingMs());
        }
        for (EndedGrant ended : lock.ended()) {
            shown.add(
                    "ended token="
                            + ended.token()
                            + " "
                            + names.apply(ended.session())
                            + " "
                            + ended.how()
                            + " @"
                            + ended.revision());
        }
        return shown;
    }

    private static String held(GrantInfo grant, Function<SessionId, String> names) {
        return "held token="
                + grant.token()
                + " by="
                + names.apply(grant.session())
                + " owner="
                + grant.owner()
                + " @"
                + grant.revision();
    }

    static String result(OperationResult result) {
        return switch (result.kind()) {
            case PUT -> "put" + before(((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                yield (delete.deleted() ? "deleted" : "absent") + before(delete.previous());
            }
            case DELETE_RANGE -> "deleted=" + ((OperationResult.DeleteRange) result).deleted();
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                yield get.record().map(found -> "value=" + shown(found.value())).orElse("absent")
                        + (get.remainingMs() == 0 ? "" : " remaining=" + get.remainingMs());
            }
            case INCREMENT -> "number=" + ((OperationResult.Increment) result).number();
            case APPEND -> "bytes=" + ((OperationResult.Append) result).number();
            case ACQUIRE -> "token=" + ((OperationResult.Acquire) result).token();
            case EXPIRE -> ((OperationResult.Expire) result).found() ? "set" : "absent";
        };
    }

    private static String shown(Value value) {
        return value.length() > 40 ? "(" + value.length() + " bytes)" : value.toString();
    }

    private static String before(Optional<Versioned> record) {
        return record.map(found -> " before=" + shown(found.value())).orElse("");
    }

    static List<String> locks(StateView view) {
        return view.locks("", 100).stream()
                .map(lock -> lock.name() + " newest=" + lock.newestToken())
                .toList();
    }

    static List<String> guards(StateView view) {
        return view.guards(Optional.empty(), Limits.GUARDS_MAX).stream()
                .map(
                        info ->
                                info.guard().prefix()
                                        + " -> "
                                        + info.guard().lock()
                                        + " "
                                        + info.guard().rule()
                                        + " "
                                        + info.guard().mode()
                                        + " @"
                                        + info.revision()
                                        + " violations="
                                        + info.violations())
                .toList();
    }

    static List<String> gates(StateView view) {
        return view.gates("", 100).stream()
                .map(
                        gate ->
                                gate.resource()
                                        + " of "
                                        + gate.lock()
                                        + " mark="
                                        + gate.mark()
                                        + " @"
                                        + gate.revision()
                                        + " refused="
                                        + gate.refused())
                .toList();
    }

    static List<String> sessions(StateView view, Function<SessionId, String> names) {
        return view.sessions(SessionId.NONE, 100).stream()
                .map(
                        info ->
                                names.apply(info.id())
                                        + " remaining="
                                        + info.remainingMs()
                                        + " grants="
                                        + info.grants()
                                        + " waits="
                                        + info.waits()
                                        + " keys="
                                        + info.keys())
                .toList();
    }

    static List<String> rejections(StateView view, Function<SessionId, String> names) {
        return view.rejections(0, 100).stream()
                .map(
                        rejection ->
                                "@"
                                        + rejection.revision()
                                        + " "
                                        + names.apply(rejection.session())
                                        + rejection.key().map(key -> " key=" + key).orElse("")
                                        + " "
                                        + rejection.violation()
                                        + (rejection.enforced() ? "" : " (observed)")
                                        + " x"
                                        + rejection.repeats())
                .toList();
    }
}
