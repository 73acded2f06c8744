package dev.fencekv.cli;

/** A line that could not be imported. */
final class ImportException extends RuntimeException {
    private final long line;
    private final ExitCode code;

    /** {@code line}: from 1. */
    ImportException(long line, ExitCode code, Throwable cause) {
        super(String.valueOf(cause.getMessage()), cause);
        this.line = line;
        this.code = code;
    }

    long line() {
        return line;
    }

    ExitCode code() {
        return code;
    }
}
