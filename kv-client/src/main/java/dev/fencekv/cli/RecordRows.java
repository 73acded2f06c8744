package dev.fencekv.cli;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;

/** Records as rows. Stateless. */
final class RecordRows {
    private RecordRows() {}

    /** Few columns for people, the value last; all there is for programs. */
    static Row of(Output.Form form, Key key, Versioned record) {
        return form == Output.Form.JSON
                ? full(key, record)
                : new Row()
                        .key("key", key)
                        .number("revision", record.modifyRevision())
                        .value("value", record.value());
    }

    static Row full(Key key, Versioned record) {
        return new Row()
                .key("key", key)
                .value("value", record.value())
                .number("create_revision", record.createRevision())
                .number("modify_revision", record.modifyRevision())
                .number("version", record.version())
                .text("stamp", record.stamp().toString())
                .token("token", record.token())
                .text("owner", record.owner().toString())
                .text("writer", record.writer().toString())
                .number("writer_sequence", record.writerSequence());
    }
}
