package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;

/**
 * A node that has introduced itself on the peer channel.
 *
 * @param featureLevel the highest that it can do
 */
public record SeenPeer(ClusterId cluster, Member member, int featureLevel) {}
