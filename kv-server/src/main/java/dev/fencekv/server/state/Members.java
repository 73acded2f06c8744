package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.CommandCodec;
import dev.fencekv.server.command.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which node stands behind each peer address. An address keeps the node id it was tied to. */
final class Members {
    static final long NOBODY = 0;

    private static final class Entry extends Item {
        private Member member;

        Entry(Member member) {
            this.member = member;
        }

        @Override
        ItemKind kind() {
            return ItemKind.MEMBER;
        }

        @Override
        void encodeKey(BytesOut out) {
            out.putText(member.peerAddress());
        }

        @Override
        void encodeContent(BytesOut out) {
            CommandCodec.encodeMember(member, out);
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

    void bind(Member member) {
        Entry entry = byPeerAddress.get(member.peerAddress());
        if (entry == null) {
            entry = new Entry(member);
            byPeerAddress.put(member.peerAddress(), entry);
            ledger.added(entry);
        } else {
            ledger.changing(entry);
            entry.member = member;
            ledger.changed(entry);
        }
    }

    List<Member> list() {
        List<Member> list = new ArrayList<>(byPeerAddress.size());
        for (Entry entry : byPeerAddress.values()) {
            list.add(entry.member);
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
        bind(CommandCodec.decodeMember(content));
    }
}
