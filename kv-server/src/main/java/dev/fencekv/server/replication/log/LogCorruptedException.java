package dev.fencekv.server.replication.log;

import java.io.IOException;

/** What was written and synced is no longer there. The message names the file and the place. */
public final class LogCorruptedException extends IOException {
    LogCorruptedException(String message) {
        super(message);
    }

    static LogCorruptedException at(Segment segment, int position, String what) {
        return new LogCorruptedException(
                segment.path() + " is corrupt at offset " + position + ": " + what);
    }
}
