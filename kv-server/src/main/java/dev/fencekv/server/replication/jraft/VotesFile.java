package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import dev.fencekv.server.replication.ChecksummedText;
import dev.fencekv.server.replication.DataDirectory;
import dev.fencekv.server.replication.FileFailure;
import dev.fencekv.server.replication.StartRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The term that this node has seen and whom it voted for in it, readable for people:
 *
 * <pre>
 *  fencekv-votes 1
 *  term 7
 *  voted 127.0.0.1:7401
 *  crc32c 1a2b3c4d
 * </pre>
 *
 * In place of the engine's own file, which has no checksum: with a flipped bit in it the node would
 * vote a second time in a term, and two leaders could be elected.
 *
 * <p>Owned by the engine, which calls it under its node's lock.
 */
final class VotesFile implements RaftMetaStorage {
    private static final String FIRST_LINE = "fencekv-votes 1";
    private static final String TERM = "term ";
    private static final String VOTED = "voted ";

    private final Path file;
    private @Nullable NodeImpl node;
    private long term;
    private PeerId votedFor = PeerId.emptyPeer();

    VotesFile(Path directory) {
        this.file = directory.resolve(DataDirectory.VOTES);
    }

    /** Throws {@link StartRefusedException} if the file cannot be believed. */
    @Override
    public boolean init(RaftMetaStorageOptions options) {
        node = options.getNode();
        if (Files.exists(file)) {
            try {
                parse(ChecksummedText.verified(file, Files.readString(file)).lines().toList());
            } catch (IOException e) {
                throw new StartRefusedException(
                        "cannot read " + file + ": " + FileFailure.of(e), e);
            }
        }
        return true;
    }

    private void parse(List<String> lines) {
        boolean wellFormed =
                lines.size() == 3
                        && lines.get(0).equals(FIRST_LINE)
                        && lines.get(1).startsWith(TERM)
                        && lines.get(2).startsWith(VOTED);
        if (!wellFormed) {
            throw new StartRefusedException(
                    file + " was written by another release: install that one");
        }
        term = Long.parseLong(lines.get(1).substring(TERM.length()));
        String voted = lines.get(2).substring(VOTED.length());
        PeerId parsed = new PeerId();
        votedFor = voted.isEmpty() || !parsed.parse(voted) ? PeerId.emptyPeer() : parsed;
    }

    private boolean save() {
        String voted = votedFor.isEmpty() ? "" : votedFor.toString();
        try {
            ChecksummedText.write(
                    file, FIRST_LINE + "\n" + TERM + term + "\n" + VOTED + voted + "\n");
            return true;
        } catch (IOException e) {
            NodeImpl engine = node;
            if (engine != null) {
                engine.onError(
                        new RaftException(
                                ErrorType.ERROR_TYPE_META,
                                RaftError.EIO,
                                "cannot write %s: %s",
                                file,
                                FileFailure.of(e)));
            }
            return false;
        }
    }

    @Override
    public boolean setTerm(long newTerm) {
        term = newTerm;
        return save();
    }

    @Override
    public long getTerm() {
        return term;
    }

    @Override
    public boolean setVotedFor(PeerId peer) {
        votedFor = peer.copy();
        return save();
    }

    @Override
    public PeerId getVotedFor() {
        return votedFor;
    }

    @Override
    public boolean setTermAndVotedFor(long newTerm, PeerId peer) {
        term = newTerm;
        votedFor = peer.copy();
        return save();
    }

    /** All that was promised is on disk already. */
    @Override
    public void shutdown() {}
}
