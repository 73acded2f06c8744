package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file that holds a {@link NodeIdentity}, readable for people:
 *
 * <pre>
 *  fencekv-node 3
 *  node 00c0ffee00c0ffee
 *  address 127.0.0.1:7401
 *  cluster 32 hex digits
 *  members-index 4711
 *  member 00c0ffee00c0ffee 127.0.0.1:7401 127.0.0.1:7400
 *  crc32c 1a2b3c4d
 * </pre>
 *
 * The checksum covers all lines before it. Written whole, to disk, or not at all.
 */
final class IdentityFile {
    static final String NAME = "fencekv-node";

    private static final String MAGIC = "fencekv-node ";
    private static final int FORMAT = 3;
    private static final String FORMAT_WITHOUT_INDEX = "2";
    private static final String FORMAT_WITH_ROCKSDB = "1";

    private IdentityFile() {}

    static NodeIdentity read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new StartRefusedException("cannot read " + file + ": " + FileFailure.of(e), e);
        }
        checkFormat(file, text);
        String verified = ChecksummedText.verified(file, text);
        try {
            return parse(verified.lines().toList());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new StartRefusedException(file + " is corrupt: " + e.getMessage(), e);
        }
    }

    private static void checkFormat(Path file, String text) {
        String first = text.lines().findFirst().orElse("");
        if (!first.startsWith(MAGIC)) {
            throw new StartRefusedException(file + " is not a node identity of FenceKV");
        }
        String format = first.substring(MAGIC.length());
        if (format.equals(FORMAT_WITH_ROCKSDB)) {
            throw new StartRefusedException(
                    file
                            + " has format 1: its log is one of RocksDB, which no release reads any"
                            + " more; start with an empty directory");
        }
        if (!format.equals(Integer.toString(FORMAT)) && !format.equals(FORMAT_WITHOUT_INDEX)) {
            throw new StartRefusedException(
                    file
                            + " has format "
                            + format
                            + " but this release reads only "
                            + FORMAT
                            + "; install the newer release");
        }
    }

    private static NodeIdentity parse(List<String> lines) {
        long nodeId = Long.parseUnsignedLong(after("node ", lines.get(1)), 16);
        String address = after("address ", lines.get(2));
        ClusterId cluster = ClusterId.parse(after("cluster ", lines.get(3)));
        boolean hasIndex = !lines.get(0).equals(MAGIC + FORMAT_WITHOUT_INDEX);
        long index = hasIndex ? Long.parseLong(after("members-index ", lines.get(4))) : 0;
        List<Member> members = new ArrayList<>();
        for (String line : lines.subList(hasIndex ? 5 : 4, lines.size())) {
            String[] parts = after("member ", line).split(" ", -1);
            members.add(new Member(Long.parseUnsignedLong(parts[0], 16), parts[1], parts[2]));
        }
        return new NodeIdentity(nodeId, address, cluster, index, members);
    }

    private static String after(String prefix, String line) {
        if (!line.startsWith(prefix)) {
            throw new IllegalArgumentException("expected '" + prefix.trim() + "' in: " + line);
        }
        return line.substring(prefix.length());
    }

    /** On disk when it returns. */
    static void write(Path file, NodeIdentity identity) throws IOException {
        ChecksummedText.write(file, format(identity));
    }

    private static String format(NodeIdentity identity) {
        StringBuilder text = new StringBuilder();
        text.append(MAGIC).append(FORMAT).append('\n');
        text.append("node ").append(hex(identity.nodeId())).append('\n');
        text.append("address ").append(identity.peerAddress()).append('\n');
        text.append("cluster ").append(identity.cluster()).append('\n');
        text.append("members-index ").append(identity.membersIndex()).append('\n');
        for (Member member : identity.members()) {
            text.append("member ").append(hex(member.nodeId())).append(' ');
            text.append(member.peerAddress()).append(' ');
            text.append(member.clientAddress()).append('\n');
        }
        return text.toString();
    }

    private static String hex(long id) {
        return "%016x".formatted(id);
    }
}
