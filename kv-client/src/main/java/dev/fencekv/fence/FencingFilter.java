package dev.fencekv.fence;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.ResourceName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Fencing before an HTTP service, for the JDK's server; the same few lines make it for another one.
 * Requests carry the token in the header {@link #TOKEN_HEADER}:
 *
 * <pre>{@code
 * HttpRequest.newBuilder(uri).header(FencingFilter.TOKEN_HEADER, lock.token().toString())
 * }</pre>
 *
 * <p>A request without one is answered 428, one that is no token 400, and one that is stale 409
 * with the highest token seen in {@link #MARK_HEADER}. A request that was let in is done before a
 * higher token is: see {@link TokenMarks}.
 *
 * <p>What it cannot protect: other ways to the same resource, such as a second instance of the
 * service with marks of its own; and work that the service goes on with after its answer.
 *
 * <p>Safe from any thread.
 */
public final class FencingFilter extends Filter {
    public static final String TOKEN_HEADER = "X-Fencing-Token";
    public static final String MARK_HEADER = "X-Fencing-Mark";

    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_REQUIRED = 428;

    private final TokenMarks marks;
    private final Function<HttpExchange, ResourceName> resource;

    /**
     * @param resource what a request would change, of those that the service knows: each that it
     *     returns takes a file for ever, so not whatever path a stranger asks for
     */
    public FencingFilter(TokenMarks marks, Function<HttpExchange, ResourceName> resource) {
        this.marks = marks;
        this.resource = resource;
    }

    @Override
    public String description() {
        return "refuses requests of lock holders that have been superseded";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        String text = exchange.getRequestHeaders().getFirst(TOKEN_HEADER);
        if (text == null) {
            answer(exchange, PRECONDITION_REQUIRED, "show a fencing token in " + TOKEN_HEADER);
            return;
        }
        FencingToken token = parse(text);
        if (token.isNone()) {
            answer(exchange, BAD_REQUEST, "not a fencing token: " + text);
            return;
        }
        TokenMarks.Use use;
        try {
            use = marks.begin(resource.apply(exchange), token);
        } catch (StaleTokenException e) {
            exchange.getResponseHeaders().set(MARK_HEADER, e.mark().toString());
            answer(exchange, CONFLICT, String.valueOf(e.getMessage()));
            return;
        }
        try {
            chain.doFilter(exchange);
        } finally {
            use.close();
        }
    }

    private static FencingToken parse(String text) {
        try {
            return FencingToken.parse(text.strip());
        } catch (IllegalArgumentException e) {
            return FencingToken.NONE;
        }
    }

    private static void answer(HttpExchange exchange, int code, String why) throws IOException {
        byte[] body = (why + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
