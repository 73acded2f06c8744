package dev.fencekv.server.resp;

/** The command is not executed; the message is the error that says why. */
final class RefusedException extends RuntimeException {
    RefusedException(String error) {
        super(error, null, false, false);
    }

    static RefusedException syntax() {
        return new RefusedException("ERR syntax error");
    }
}
