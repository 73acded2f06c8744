package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import dev.fencekv.check.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the log keeps of an entry beside its index, term and type: its data, or, of an entry that
 * says who the members are, four lines: members, old members, learners, old learners, separated by
 * commas. The engine's own checksum is not kept: the log has one.
 *
 * <p>Stateless.
 */
final class EntryPayload {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int LISTS = 4;

    private EntryPayload() {}

    /** The entry's own buffer, not to be moved, or a new one. */
    static ByteBuffer of(LogEntry entry) {
        ByteBuffer data = entry.getData();
        if (entry.getType() != EntryType.ENTRY_TYPE_CONFIGURATION) {
            return data == null ? NOTHING : data;
        }
        Check.invariant(
                data == null || !data.hasRemaining(), "an entry has data or members, not both");
        return StandardCharsets.UTF_8.encode(
                line(entry.getPeers())
                        + line(entry.getOldPeers())
                        + line(entry.getLearners())
                        + line(entry.getOldLearners()));
    }

    private static String line(@Nullable List<PeerId> peers) {
        return peers == null
                ? "\n"
                : peers.stream().map(PeerId::toString).collect(Collectors.joining(",", "", "\n"));
    }

    /**
     * @param payload becomes the entry's, if that has data
     */
    static LogEntry entry(long index, long term, int type, ByteBuffer payload) {
        LogEntry entry = new LogEntry(EntryType.forNumber(type));
        entry.setId(new LogId(index, term));
        if (entry.getType() != EntryType.ENTRY_TYPE_CONFIGURATION) {
            if (payload.hasRemaining()) {
                entry.setData(payload);
            }
            return entry;
        }
        String[] lists = StandardCharsets.UTF_8.decode(payload).toString().split("\n", -1);
        Check.invariant(lists.length == LISTS + 1, "an entry of members has four lists");
        entry.setPeers(peers(lists[0]));
        entry.setOldPeers(peers(lists[1]));
        entry.setLearners(peers(lists[2]));
        entry.setOldLearners(peers(lists[3]));
        return entry;
    }

    private static @Nullable List<PeerId> peers(String list) {
        if (list.isEmpty()) {
            return null;
        }
        List<PeerId> peers = new ArrayList<>();
        for (String text : list.split(",")) {
            PeerId peer = new PeerId();
            Check.invariant(peer.parse(text), "a member's address can be read");
            peers.add(peer);
        }
        return peers;
    }
}
