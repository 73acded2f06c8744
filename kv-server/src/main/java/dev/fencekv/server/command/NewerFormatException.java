package dev.fencekv.server.command;

/**
 * A log entry, command or snapshot made by a newer release than this one. The node must stop: to
 * skip what it does not understand would make it diverge.
 */
public final class NewerFormatException extends RuntimeException {
    public NewerFormatException(String message) {
        super(message);
    }
}
