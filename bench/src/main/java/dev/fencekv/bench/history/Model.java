package dev.fencekv.bench.history;

import dev.fencekv.bench.history.Operation.Outcome;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one register or lock does, one operation at a time. A state is a value: it has equals and
 * hashCode. An operation whose outcome is unknown must be possible in every state: that it was
 * never done is seen to by the checker, which need not use it.
 */
public enum Model {
    /**
     * {@code read}, {@code write}, {@code delete}, and {@code cas} of [expected, new], which fails
     * if the value is another.
     */
    CAS_REGISTER("cas-register") {
        @Override
        Object initial() {
            return History.NIL;
        }

        @Override
        @Nullable Object step(Object state, Operation operation) {
            return switch (operation.name()) {
                case "read" -> returns(state, operation, state);
                case "write" -> operation.argument();
                case "delete" -> History.NIL;
                case "cas" -> compareAndSet(state, operation);
                default -> throw unknown(operation);
            };
        }

        private @Nullable Object compareAndSet(Object state, Operation operation) {
            if (!(operation.argument() instanceof List<?> pair) || pair.size() != 2) {
                throw new IllegalArgumentException("cas wants [expected, new]: " + operation);
            }
            boolean equal = pair.get(0).equals(state);
            return switch (operation.outcome()) {
                case OK -> equal ? pair.get(1) : null;
                case FAILED -> equal ? null : state;
                case UNKNOWN -> equal ? pair.get(1) : state;
            };
        }

        @Override
        boolean tellsBySayingNo(Operation operation) {
            return operation.name().equals("cas");
        }
    },

    /** {@code get} of a text, {@code put} of another, {@code append} at its end. */
    APPEND_REGISTER("append-register") {
        @Override
        Object initial() {
            return "";
        }

        @Override
        @Nullable Object step(Object state, Operation operation) {
            return switch (operation.name()) {
                case "get" -> returns(state, operation, state);
                case "put" -> operation.argument();
                case "append" -> state.toString() + operation.argument();
                default -> throw unknown(operation);
            };
        }

        @Override
        boolean tellsBySayingNo(Operation operation) {
            return false;
        }
    },

    /**
     * A lock that issues fencing tokens and may end a grant at any moment, and what is written
     * under it: {@code acquire} returns a token larger than all before; {@code release} and {@code
     * write} show one and succeed only with that of the live grant. A refused {@code write} says
     * that the token was not, or no longer, the live one; the live grant may have ended just then.
     */
    LOCK("lock") {
        @Override
        Object initial() {
            return new Grant(0, false);
        }

        @Override
        @Nullable Object step(Object state, Operation operation) {
            Grant newest = (Grant) state;
            return switch (operation.name()) {
                case "acquire" -> acquire(newest, operation);
                case "release" -> release(newest, operation);
                case "write" -> write(newest, operation);
                default -> throw unknown(operation);
            };
        }

        private @Nullable Object acquire(Grant newest, Operation operation) {
            if (operation.outcome() == Outcome.UNKNOWN) {
                return newest.ended();
            }
            long token = token(operation, operation.result());
            return token > newest.token ? new Grant(token, true) : null;
        }

        private @Nullable Object release(Grant newest, Operation operation) {
            boolean live = newest.isLive(token(operation, operation.argument()));
            return switch (operation.outcome()) {
                case OK -> live ? newest.ended() : null;
                case UNKNOWN -> live ? newest.ended() : newest;
                case FAILED ->
                        newest.token == token(operation, operation.argument())
                                ? newest.ended()
                                : newest;
            };
        }

        private @Nullable Object write(Grant newest, Operation operation) {
            long token = token(operation, operation.argument());
            return switch (operation.outcome()) {
                case OK -> newest.isLive(token) ? newest : null;
                case UNKNOWN -> newest;
                case FAILED -> newest.token == token ? newest.ended() : newest;
            };
        }

        @Override
        boolean tellsBySayingNo(Operation operation) {
            return !operation.name().equals("acquire");
        }
    };

    private final String text;

    Model(String text) {
        this.text = text;
    }

    public static Model ofText(String text) {
        return Arrays.stream(values())
                .filter(each -> each.text.equals(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no model is called "
                                                + text
                                                + "; there are "
                                                + Arrays.stream(values())
                                                        .map(each -> each.text)
                                                        .toList()));
    }

    /** The newest grant of a lock. */
    private record Grant(long token, boolean live) {
        Grant ended() {
            return new Grant(token, false);
        }

        boolean isLive(long shown) {
            return live && token == shown;
        }
    }

    abstract Object initial();

    /** The state after the operation; null if it cannot have come out so in this state. */
    abstract @Nullable Object step(Object state, Operation operation);

    /** Whether a refusal of the operation is itself an observation, and not just nothing done. */
    abstract boolean tellsBySayingNo(Operation operation);

    /** Whether it matters when, or that, the operation took place. */
    final boolean counts(Operation operation) {
        return switch (operation.outcome()) {
            case OK -> true;
            case FAILED -> tellsBySayingNo(operation);
            case UNKNOWN -> !isRead(operation);
        };
    }

    private static boolean isRead(Operation operation) {
        return operation.name().equals("read") || operation.name().equals("get");
    }

    private static @Nullable Object returns(Object state, Operation operation, Object next) {
        return state.equals(operation.result()) ? next : null;
    }

    private static long token(Operation operation, Object value) {
        if (value instanceof Long token) {
            return token;
        }
        throw new IllegalArgumentException("not a token: " + operation);
    }

    private static IllegalArgumentException unknown(Operation operation) {
        return new IllegalArgumentException("this model knows no " + operation.name());
    }

    @Override
    public String toString() {
        return text;
    }
}
