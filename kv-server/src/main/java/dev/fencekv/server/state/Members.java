package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which node stands behind each peer address, and what it shall be. An address keeps the node id it
 * was tied to until that node has left.
 */
final class Members {
    static final long NOBODY = 0;

    private static final class Entry extends Item {
        private Member member;
        private MemberRole wanted;

        Entry(Member member, MemberRole wanted) {
            this.member = member;
            this.wanted = wanted;
        }

        @Override
        ItemKind kind() {
            return ItemKind.MEMBER;
        }

        @Override
        void encodeKey(BytesOut out) {
            out.putText(member.peerAddress());
        }

        /** Voters as feature level 1 has them, which knows nothing else. */
        @Override
        void encodeContent(BytesOut out) {
            CommandCodec.encodeMember(member, out);
            if (wanted != MemberRole.VOTER) {
                out.putByte(wanted.code());
            }
        }
    }

    private final Ledger ledger;
    private final TreeMap<String, Entry> byPeerAddress = new TreeMap<>();

    Members(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Whether binding {@code member} would change anything. */
    boolean wouldChange(Member member) {
        Entry entry = byPeerAddress.get(member.peerAddress());
        return entry == null
                || (entry.member.nodeId() == member.nodeId() && !entry.member.equals(member));
    }

    int count() {
        return byPeerAddress.size();
    }

    /** The id of the node that the address is tied to; {@link #NOBODY} if there is none. */
    long nodeAt(String peerAddress) {
        Entry entry = byPeerAddress.get(peerAddress);
        return entry == null ? NOBODY : entry.member.nodeId();
    }

    /** Whether the node stands at another address already. */
    boolean isBoundElsewhere(Member member) {
        for (Entry entry : byPeerAddress.values()) {
            boolean sameAddress = entry.member.peerAddress().equals(member.peerAddress());
            if (entry.member.nodeId() == member.nodeId() && !sameAddress) {
                return true;
            }
        }
        return false;
    }

    /** What the node at the address shall be. */
    MemberRole roleAt(String peerAddress) {
        return entryAt(peerAddress).wanted;
    }

    /** How many shall be voters. */
    int voters() {
        int voters = 0;
        for (Entry entry : byPeerAddress.values()) {
            if (entry.wanted == MemberRole.VOTER) {
                voters++;
            }
        }
        return voters;
    }

    /** Adds a voter, or changes where clients reach a node. */
    void bind(Member member) {
        Entry entry = byPeerAddress.get(member.peerAddress());
        if (entry == null) {
            add(member, MemberRole.VOTER);
        } else {
            ledger.changing(entry);
            entry.member = member;
            ledger.changed(entry);
        }
    }

    void add(Member member, MemberRole wanted) {
        Entry entry = new Entry(member, wanted);
        Check.invariant(
                byPeerAddress.put(member.peerAddress(), entry) == null, "an address is added once");
        ledger.added(entry);
    }

    void place(String peerAddress, MemberRole wanted) {
        Entry entry = entryAt(peerAddress);
        ledger.changing(entry);
        entry.wanted = wanted;
        ledger.changed(entry);
    }

    void remove(String peerAddress) {
        ledger.removed(entryAt(peerAddress));
        byPeerAddress.remove(peerAddress);
    }

    private Entry entryAt(String peerAddress) {
        return Check.present(byPeerAddress.get(peerAddress), "the member at an address");
    }

    List<Member> list() {
        List<Member> list = new ArrayList<>(byPeerAddress.size());
        for (Entry entry : byPeerAddress.values()) {
            list.add(entry.member);
        }
        return list;
    }

    List<PlacedMember> placed() {
        List<PlacedMember> list = new ArrayList<>(byPeerAddress.size());
        for (Entry entry : byPeerAddress.values()) {
            list.add(new PlacedMember(entry.member, entry.wanted));
        }
        return list;
    }

    @Nullable Item next(@Nullable Item after) {
        Map.Entry<String, Entry> next =
                after == null
                        ? byPeerAddress.firstEntry()
                        : byPeerAddress.higherEntry(((Entry) after).member.peerAddress());
        return next == null ? null : next.getValue();
    }

    void restore(BytesIn content) {
        Member member = CommandCodec.decodeMember(content);
        add(
                member,
                content.remaining() == 0
                        ? MemberRole.VOTER
                        : content.getCode("member role", MemberRole::ofCode));
    }
}
