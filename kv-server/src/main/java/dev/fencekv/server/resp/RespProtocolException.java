package dev.fencekv.server.resp;

/** The bytes are no RESP, or more of it than anybody needs; the connection cannot go on. */
final class RespProtocolException extends RuntimeException {
    RespProtocolException(String message) {
        super(message, null, false, false);
    }
}
