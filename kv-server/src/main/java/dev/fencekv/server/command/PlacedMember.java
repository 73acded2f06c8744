package dev.fencekv.server.command;

import dev.fencekv.kv.MemberRole;

/**
 * A node of the cluster and what it shall be.
 *
 * @param wanted {@link MemberRole#NONE}: it leaves; the leader forgets it once it is out of the
 *     group that replicates the log
 */
public record PlacedMember(Member member, MemberRole wanted) {}
