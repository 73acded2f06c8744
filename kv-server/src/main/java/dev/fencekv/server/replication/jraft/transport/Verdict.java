package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.check.Check;

/**
 * May this peer talk to us?
 *
 * @param reason why not, told to the refused side; empty when accepted
 */
public record Verdict(boolean accepted, String reason) {
    private static final Verdict ACCEPT = new Verdict(true, "");

    public Verdict {
        Check.argument(accepted == reason.isEmpty(), "a refusal, and only a refusal, has a reason");
    }

    public static Verdict accept() {
        return ACCEPT;
    }

    public static Verdict refuse(String reason) {
        return new Verdict(false, reason);
    }
}
