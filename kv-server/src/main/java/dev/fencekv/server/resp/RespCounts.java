package dev.fencekv.server.resp;

/**
 * What the port has had to do since it was opened.
 *
 * @param connections now
 * @param connectionsRefused because there were too many
 * @param connectionsClosed for what they sent, did not send or did not read
 * @param commands executed or refused
 * @param errors answers that were errors, {@code unknown} included
 * @param unknown answers that the outcome is not known
 * @param lockSessions connections that have a session for their locks, now
 */
public record RespCounts(
        int connections,
        long connectionsRefused,
        long connectionsClosed,
        long commands,
        long errors,
        long unknown,
        int lockSessions) {}
