package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ExactlyOnceTest extends ClientFixture {
    private static final int WRITES = 2_000;

    /** One request in so many loses its connection, and all others under way with it. */
    private static final int DISCONNECTS = 2_000;

    /** One reply in so many goes wrong in each of four ways. */
    private static final int TROUBLE = 20;

    @Test
    @Timeout(60)
    void whateverTheNetworkDoesEachWriteAppliesOnceAndSaysSo() throws Exception {
        long seed = System.nanoTime();
        FakeNode[] nodes = {node(), node(), node()};
        for (FakeNode node : nodes) {
            Random random = new Random(seed + node.id());
            node.always(Opcode.PUT, ask -> misbehave(node, nodes, ask, random));
        }
        KvClient client = client(nodes);
        List<CompletableFuture<WriteResult>> results = new ArrayList<>();
        for (int i = 0; i < WRITES; i++) {
            results.add(
                    client.putAsync(
                            Key.of("k" + i), Value.of("v" + i), WriteOptions.NONE.ifAbsent()));
        }
        for (int i = 0; i < WRITES; i++) {
            assertThat(get(results.get(i)).changed()).as("seed %d, write %d", seed, i).isTrue();
            assertThat(store.value("k" + i)).isEqualTo("v" + i);
        }
        assertThat(store.applied()).as("seed %d", seed).isEqualTo(WRITES);
    }

    private void misbehave(FakeNode node, FakeNode[] nodes, FakeNode.Ask ask, Random random) {
        switch (random.nextInt(2 * DISCONNECTS)) {
            case 0 -> ask.disconnect();
            case 1 -> {
                ask.disconnect();
                node.answer(ask);
            }
            case 2 -> {
                store.leader = nodes[random.nextInt(nodes.length)];
                node.answer(ask);
            }
            default -> {
                switch (random.nextInt(TROUBLE)) {
                    case 0 -> ask.reply(Status.OUTCOME_UNKNOWN);
                    case 1 -> ask.reply(Status.OVERLOADED);
                    case 2 -> ask.reply(Status.NOT_LEADER, new Reply.NotLeader(""));
                    case 3 ->
                            ask.reply(
                                    Status.NOT_LEADER,
                                    new Reply.NotLeader(
                                            nodes[random.nextInt(nodes.length)].endpoint()));
                    default -> node.answer(ask);
                }
            }
        }
    }
}
