package dev.fencekv.server.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Other nodes that are and do what the test says. Owned by the test's thread. */
final class FakePeers implements PeerView {
    final List<SeenPeer> seen;
    final Map<String, SeenPeer> joining = new HashMap<>();
    final Set<String> silent = new HashSet<>();
    final Map<String, Long> behind = new HashMap<>();

    /** Null while this node does not lead. */
    @Nullable ReplicationGroup group;

    /** Who was asked to lead. */
    String leads = "";

    /** The changes that were begun; none of them ends by itself. */
    final List<ReplicationGroup> changes = new ArrayList<>();

    private final String self;
    private @Nullable Consumer<Optional<String>> waiting;

    FakePeers(String self, SeenPeer... seen) {
        this.self = self;
        this.seen = new ArrayList<>(List.of(seen));
    }

    /** The last change is committed. */
    void committed() {
        group = changes.get(changes.size() - 1);
        ended(Optional.empty());
    }

    void failed(String why) {
        ended(Optional.of(why));
    }

    private void ended(Optional<String> failure) {
        Consumer<Optional<String>> told = waiting;
        if (told == null) {
            throw new AssertionError("no change was begun");
        }
        waiting = null;
        told.accept(failure);
    }

    @Override
    public List<SeenPeer> accepted() {
        return seen;
    }

    @Override
    public Optional<SeenPeer> joining(String peerAddress) {
        return Optional.ofNullable(joining.get(peerAddress));
    }

    @Override
    public boolean isHeard(String peerAddress) {
        return !silent.contains(peerAddress);
    }

    @Override
    public long behindEntries(String peerAddress) {
        return peerAddress.equals(self) ? 0 : behind.getOrDefault(peerAddress, 0L);
    }

    @Override
    public Optional<ReplicationGroup> group() {
        return Optional.ofNullable(group);
    }

    @Override
    public Optional<String> transferTo(String peerAddress) {
        leads = peerAddress;
        return Optional.empty();
    }

    @Override
    public void change(ReplicationGroup next, Consumer<Optional<String>> done) {
        if (waiting != null) {
            throw new AssertionError("two changes at a time");
        }
        changes.add(next);
        waiting = done;
    }
}
