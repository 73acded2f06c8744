package dev.fencekv.server.replication;

import dev.fencekv.kv.Status;

/**
 * Why a command, renewal or read was not taken.
 *
 * @param status NOT_LEADER, UNAVAILABLE, OVERLOADED or INVALID_ARGUMENT
 * @param leader where clients reach the leader; empty if not known
 * @param message for people
 */
public record Refusal(Status status, String leader, String message) {
    public static Refusal notLeader(String leader) {
        return new Refusal(Status.NOT_LEADER, leader, "this node does not lead");
    }

    public static Refusal unavailable(String message) {
        return new Refusal(Status.UNAVAILABLE, "", message);
    }

    /** The request itself cannot be done. */
    public static Refusal wrong(String message) {
        return new Refusal(Status.INVALID_ARGUMENT, "", message);
    }

    public static Refusal overloaded(String message) {
        return new Refusal(Status.OVERLOADED, "", message);
    }
}
