package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MembershipDutyTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final List<String> PEERS = List.of("a:1", "b:1", "c:1");
    private static final SeenPeer A = seen(1, "a:1", 1);
    private static final SeenPeer B = seen(2, "b:1", 1);
    private static final SeenPeer C = seen(3, "c:1", 1);

    private static SeenPeer seen(long nodeId, String address, int level) {
        return new SeenPeer(
                ClusterId.NONE, new Member(nodeId, address, "client-" + address), level);
    }

    private static Optional<Command> next(
            ClusterId cluster, List<Member> bound, List<SeenPeer> seen, int level) {
        return MembershipDuty.next(
                new MembershipDuty.View(cluster, A, PEERS, bound, seen, level),
                () -> CLUSTER,
                () -> 42L);
    }

    @Test
    void aClusterIsFormedOnceAllHaveComeAndAreNew() {
        assertThat(next(ClusterId.NONE, List.of(), List.of(B, C), 1))
                .contains(
                        new Command.FormCluster(
                                CLUSTER, List.of(A.member(), B.member(), C.member()), 42));
    }

    @Test
    void aMajorityFormsNoCluster() {
        assertThat(next(ClusterId.NONE, List.of(), List.of(B), 1)).isEmpty();
        assertThat(missing(List.of(B))).containsExactly("c:1");
    }

    @Test
    void aMemberOfAClusterFormsNoOther() {
        SeenPeer old = new SeenPeer(CLUSTER, C.member(), 1);
        assertThat(next(ClusterId.NONE, List.of(), List.of(B, old), 1)).isEmpty();
        assertThat(missing(List.of(B, old))).containsExactly("c:1");
    }

    @Test
    void aStrangerCountsForNobody() {
        assertThat(next(ClusterId.NONE, List.of(), List.of(B, seen(9, "x:1", 1)), 1)).isEmpty();
    }

    private static List<String> missing(List<SeenPeer> seen) {
        return MembershipDuty.missing(
                new MembershipDuty.View(ClusterId.NONE, A, PEERS, List.of(), seen, 1));
    }

    @Test
    void whoeverComesLaterIsNoMemberByThat() {
        assertThat(next(CLUSTER, List.of(A.member(), B.member()), List.of(B, C), 1)).isEmpty();
    }

    @Test
    void aMemberWithANewClientAddressIsBoundAgain() {
        Member moved = new Member(2, "b:1", "elsewhere");
        assertThat(
                        next(
                                CLUSTER,
                                List.of(A.member(), B.member()),
                                List.of(new SeenPeer(CLUSTER, moved, 1)),
                                1))
                .contains(new Command.BindMember(moved));
    }

    @Test
    void anAddressIsNeverBoundToAnotherNode() {
        assertThat(next(CLUSTER, List.of(A.member(), B.member()), List.of(seen(9, "b:1", 1)), 1))
                .isEmpty();
    }

    @Test
    void theLevelIsRaisedOnlyWhenEveryMemberCanDoIt() {
        SeenPeer a2 = seen(1, "a:1", 2);
        SeenPeer b2 = seen(2, "b:1", 2);
        SeenPeer c2 = seen(3, "c:1", 2);
        List<Member> all = List.of(a2.member(), b2.member(), c2.member());
        assertThat(level(a2, all, List.of(b2, c2))).contains(new Command.RaiseLevel(2));
        assertThat(level(a2, all, List.of(b2, C))).isEmpty();
        assertThat(level(a2, all, List.of(b2))).isEmpty();
    }

    private static Optional<Command> level(SeenPeer own, List<Member> bound, List<SeenPeer> seen) {
        return MembershipDuty.next(
                new MembershipDuty.View(CLUSTER, own, PEERS, bound, seen, 1),
                () -> CLUSTER,
                () -> 42L);
    }

    @Test
    void nothingIsProposedWhenAllIsAsItShouldBe() {
        assertThat(next(CLUSTER, List.of(A.member(), B.member(), C.member()), List.of(B, C), 1))
                .isEmpty();
    }
}
