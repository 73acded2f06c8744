package dev.fencekv.server.request;

import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.Setting;
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
            case REFUSED -> new Reply.Message(words((Outcome.Refused) result));
            case SESSION_EXPIRED ->
                    new Reply.SessionExpired(((Outcome.SessionExpired) result).outcomesGone());
            case GONE -> new Reply.ResultGone();
            case NUMBER -> new Reply.Number(((Outcome.Number) result).number());
            case TRANSACTED -> transacted((Outcome.Transacted) result);
        };
    }

    private static Reply.Body sessionOpened(Outcome.SessionOpened opened) {
        return new Reply.SessionOpened(opened.session(), opened.ttlMs());
    }

    /** What was wrong and what to do, for people. */
    static String words(Outcome.Refused refused) {
        long number = refused.number();
        return switch (refused.reason()) {
            case SEQUENCE_REUSED ->
                    "SEQUENCE_REUSED: sequence number " + number + " was used for another command";
            case STORE_QUOTA ->
                    "the store's quota of "
                            + number
                            + " bytes is used up: delete keys, or raise "
                            + Setting.STORE_QUOTA_BYTES.text();
            case KEYS_PER_SESSION -> "a session owns at most " + number + " keys";
            case SESSIONS -> tooMany("sessions open", number, Setting.SESSIONS_MAX);
            case LOCKS -> tooMany("locks in use", number, Setting.LOCKS_MAX);
            case LOCKS_PER_SESSION -> "a session holds or waits for at most " + number + " locks";
            case WAITERS -> tooMany("places in queues", number, Setting.WAITERS_MAX);
            case TOKENS_USED_UP ->
                    "all fencing tokens of this store have been granted, up to " + number;
            case OTHER_SESSIONS_GRANT ->
                    "token " + number + " was granted to another session; revoke it";
            case OTHER_TOKEN_IS_LIVE -> "the lock's live token is " + number;
            case LOCK_NEVER_GRANTED ->
                    "nobody ever had the lock alone, so every writer would be refused at once:"
                            + " acquire it first, or force";
            case OTHER_PERMITS ->
                    number == 0
                            ? "the lock is in use as a lock, not as a semaphore"
                            : "the lock is in use as a semaphore of " + number + " permits";
            case OTHER_USE ->
                    "this owner has the lock, or waits for it, in another way: release it first";
            case SHARED_WAITERS ->
                    "at most " + number + " readers or takers of permits wait for one lock";
            case SHARED_GRANTS -> tooMany("readers and permits", number, Setting.SHARED_GRANTS_MAX);
            case SEVERAL_HOLDERS -> number + " hold the lock: name the token that is to be revoked";
            case GATES -> tooMany("gates", number, Setting.GATES_MAX);
            case GUARDS -> "at most " + number + " guards";
            case GUARDS_OVER_ONE_KEY -> "at most " + number + " guards over one key";
            case MEMBERS -> "a cluster has at most " + number + " members";
            case SETTING_OUT_OF_RANGE -> {
                Setting setting = Setting.ofCode((int) number);
                yield setting.text() + " must be " + setting.min() + " to " + setting.max();
            }
            case ADDRESS_TAKEN ->
                    "the address belongs to another node, " + Long.toHexString(number);
            case NODE_ELSEWHERE ->
                    "node "
                            + Long.toHexString(number)
                            + " is a member at another address: its directory was copied";
            case MEMBER_LEAVES ->
                    "node "
                            + Long.toHexString(number)
                            + " was told to leave: once it has, start one with an empty directory"
                            + " there and add that";
            case NOT_A_NUMBER -> "the key's value is not a whole number of 64 bits in decimal";
            case NUMBER_OVERFLOWS -> "the sum does not fit into 64 bits";
            case VALUE_TOO_LONG -> "a value has at most " + number + " bytes";
            case LOCK_NOT_FREE ->
                    "operation "
                            + number
                            + " of the transaction acquires a lock that is held, waited for or"
                            + " closed: nothing was done, try again later";
            case RESULTS_TOO_LARGE ->
                    "the values that the transaction would return have more than "
                            + number
                            + " bytes: nothing was done, ask for less";
            case DELETED_RANGE_BYTES ->
                    "the ranges to delete have more than "
                            + number
                            + " bytes of values: delete smaller ranges, one after the other";
            case KEYS_PER_COMMAND ->
                    "one command writes at most "
                            + number
                            + " keys: nothing was done, split it into several";
            case KEYS_WITH_TTL -> tooMany("keys with a TTL", number, Setting.KEYS_WITH_TTL_MAX);
            case LAST_VOTER -> "it is the last voter: add another one first";
        };
    }

    private static String tooMany(String what, long most, Setting setting) {
        return "there are " + most + " " + what + ": no more, or raise " + setting.text();
    }

    private static Reply.Body transacted(Outcome.Transacted transacted) {
        return new Reply.Transacted(transacted.succeeded(), transacted.results());
    }

    private static Reply.Body fenced(Outcome.Fenced fenced) {
        return new Reply.Fenced(fenced.violations(), fenced.total());
    }
}
