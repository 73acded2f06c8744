package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nodes are letters; of a, b and c a is the leader. */
class GroupChangesTest {
    private final List<PlacedMember> members = new ArrayList<>();
    private final Set<String> heard = new HashSet<>();
    private final Set<String> caughtUp = new HashSet<>();
    private ReplicationGroup group = group("a b c", "");

    GroupChangesTest() {
        for (String node : List.of("a", "b", "c")) {
            wanted(node, MemberRole.VOTER);
            lives(node);
        }
    }

    private static ReplicationGroup group(String voters, String learners) {
        return new ReplicationGroup(words(voters), words(learners));
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    private void wanted(String node, MemberRole role) {
        Member member = new Member(node.charAt(0), node, "client-" + node);
        members.removeIf(each -> each.member().equals(member));
        members.add(new PlacedMember(member, role));
    }

    private void lives(String node) {
        heard.add(node);
        caughtUp.add(node);
    }

    private void copies(String node) {
        heard.add(node);
        caughtUp.remove(node);
    }

    private void isDown(String node) {
        heard.remove(node);
        caughtUp.remove(node);
    }

    private Optional<GroupChanges.Step> next() {
        return GroupChanges.steps(new GroupChanges.View("a", members, group, heard, caughtUp))
                .stream()
                .findFirst();
    }

    private void expect(String voters, String learners) {
        assertThat(next()).contains(new GroupChanges.Change(group(voters, learners)));
        group = group(voters, learners);
    }

    @Test
    void nothingIsChangedWhenAllIsAsItShouldBe() {
        assertThat(next()).isEmpty();
    }

    @Test
    void aNewNodeLearnsFirstAndVotesOnceItHasTheLog() {
        wanted("d", MemberRole.VOTER);
        copies("d");
        expect("a b c", "d");
        assertThat(next()).isEmpty();
        lives("d");
        expect("a b c", "");
        expect("a b c d", "");
        assertThat(next()).isEmpty();
    }

    @Test
    void aLearnerStaysOne() {
        wanted("d", MemberRole.LEARNER);
        lives("d");
        expect("a b c", "d");
        assertThat(next()).isEmpty();
    }

    @Test
    void aVoterBecomesALearnerInTwoChanges() {
        wanted("c", MemberRole.LEARNER);
        expect("a b", "");
        expect("a b", "c");
        assertThat(next()).isEmpty();
    }

    @Test
    void aNodeThatIsNotHeardIsNotWaitedFor() {
        wanted("d", MemberRole.VOTER);
        assertThat(next()).isEmpty();
        wanted("c", MemberRole.NONE);
        isDown("c");
        expect("a b", "");
    }

    @Test
    void aDeadVoterIsReplaced() {
        isDown("c");
        wanted("c", MemberRole.NONE);
        wanted("d", MemberRole.VOTER);
        lives("d");
        expect("a b c d", "");
        expect("a b d", "");
        assertThat(next()).contains(new GroupChanges.Forget(new Member('c', "c", "client-c")));
    }

    @Test
    void noVoterGoesWhileOneOfTheOthersIsDown() {
        isDown("c");
        wanted("b", MemberRole.NONE);
        assertThat(next()).isEmpty();
        lives("c");
        expect("a c", "");
    }

    @Test
    void noVoterComesWhileOneIsDownThatStays() {
        isDown("c");
        wanted("d", MemberRole.VOTER);
        lives("d");
        assertThat(next()).as("c would not know d, and ignore its candidacy").isEmpty();
        wanted("c", MemberRole.NONE);
        expect("a b c d", "");
    }

    @Test
    void twoDeadVotersGoOneAfterTheOther() {
        group = group("a b c d e", "");
        wanted("d", MemberRole.NONE);
        wanted("e", MemberRole.NONE);
        expect("a b c e", "");
        assertThat(GroupChanges.steps(new GroupChanges.View("a", members, group, heard, caughtUp)))
                .containsExactly(
                        new GroupChanges.Forget(new Member('d', "d", "client-d")),
                        new GroupChanges.Change(group("a b c", "")));
    }

    @Test
    void nobodyGoesBeforeThoseHaveComeWhoShallTakeTheirPlaces() {
        for (String node : List.of("d", "e", "f")) {
            wanted(node, MemberRole.VOTER);
            copies(node);
        }
        for (String node : List.of("a", "b", "c")) {
            wanted(node, MemberRole.NONE);
        }
        expect("a b c", "d");
        expect("a b c", "d e");
        expect("a b c", "d e f");
        assertThat(next()).isEmpty();
        lives("d");
        expect("a b c", "e f");
        expect("a b c d", "e f");
        assertThat(next())
                .as("d takes the place of the first, which leads")
                .contains(new GroupChanges.LeaveLead("d"));
    }

    @Test
    void whatCannotBeDoneNowDoesNotHoldUpTheRest() {
        wanted("d", MemberRole.VOTER);
        wanted("c", MemberRole.NONE);
        assertThat(next()).isNotEmpty();
        assertThat(GroupChanges.steps(new GroupChanges.View("a", members, group, heard, caughtUp)))
                .containsExactly(new GroupChanges.Change(group("a b", "")));
    }

    @Test
    void aLearnerLeavesAlsoWhileVotersAreDown() {
        wanted("d", MemberRole.NONE);
        group = group("a b c", "d");
        isDown("b");
        isDown("c");
        expect("a b c", "");
    }

    @Test
    void aLeaderThatShallGoLeavesTheLeadFirst() {
        wanted("a", MemberRole.NONE);
        copies("b");
        assertThat(next()).contains(new GroupChanges.LeaveLead("c"));
    }

    @Test
    void aNodeIsForgottenOnceItIsOut() {
        wanted("d", MemberRole.NONE);
        assertThat(next()).contains(new GroupChanges.Forget(new Member('d', "d", "client-d")));
    }
}
