package dev.fencekv.server.resp;

import dev.fencekv.kv.Value;
import java.util.ArrayList;
import java.util.List;

/** What a command is answered with, before it is known in which version of the protocol. */
sealed interface RespReply {
    RespReply OK = new Simple("OK");
    RespReply NULL = new Null();
    RespReply EMPTY = new Array(List.of());

    enum Kind {
        SIMPLE,
        ERROR,
        NUMBER,
        BULK,
        TRUTH,
        NULL,
        ARRAY,
        TABLE
    }

    Kind kind();

    /** A short text without line ends, such as OK. */
    record Simple(String text) implements RespReply {
        @Override
        public Kind kind() {
            return Kind.SIMPLE;
        }
    }

    /**
     * @param text begins with a word in capitals, by which programs know what happened
     */
    record Error(String text) implements RespReply {
        @Override
        public Kind kind() {
            return Kind.ERROR;
        }
    }

    record Number(long value) implements RespReply {
        @Override
        public Kind kind() {
            return Kind.NUMBER;
        }
    }

    record Bulk(Value bytes) implements RespReply {
        @Override
        public Kind kind() {
            return Kind.BULK;
        }
    }

    /** A boolean in RESP3; 1 or 0 in RESP2. */
    record Truth(boolean value) implements RespReply {
        @Override
        public Kind kind() {
            return Kind.TRUTH;
        }
    }

    record Null() implements RespReply {
        @Override
        public Kind kind() {
            return Kind.NULL;
        }
    }

    record Array(List<RespReply> elements) implements RespReply {
        public Array {
            elements = List.copyOf(elements);
        }

        @Override
        public Kind kind() {
            return Kind.ARRAY;
        }
    }

    /**
     * A map in RESP3; in RESP2 an array of the same.
     *
     * @param elements name, value, name, value
     */
    record Table(List<RespReply> elements) implements RespReply {
        public Table {
            elements = List.copyOf(elements);
        }

        @Override
        public Kind kind() {
            return Kind.TABLE;
        }
    }

    static RespReply text(String text) {
        return new Bulk(Value.of(text));
    }

    static RespReply number(long value) {
        return new Number(value);
    }

    /** Strings, numbers and replies by name, in this order. */
    static RespReply table(Object... namesAndValues) {
        List<RespReply> elements = new ArrayList<>();
        for (Object each : namesAndValues) {
            elements.add(
                    each instanceof RespReply reply
                            ? reply
                            : each instanceof Long || each instanceof Integer
                                    ? number(((java.lang.Number) each).longValue())
                                    : text(each.toString()));
        }
        return new Table(elements);
    }
}
