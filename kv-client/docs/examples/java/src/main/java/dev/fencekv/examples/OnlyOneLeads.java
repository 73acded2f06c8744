package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.Leader;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.Optional;

/**
 * Work that one of many processes does, and another one when that fails. Who was deposed without
 * noticing, because it was paused for instance, does no harm: the leader's writes carry its token.
 */
public final class OnlyOneLeads {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private OnlyOneLeads() {}

    public static void main(String[] endpoints) throws InterruptedException {
        try (KvClient client = FenceKv.builder().endpoints(endpoints).label("biller-1").build()) {
            System.out.println(billOnce(client, "10.0.0.1:8080", () -> {}));
            System.out.println(whoLeads(client) + " leads");
        }
    }

    /**
     * Stands until it is elected, writes one bill, and resigns. A real one would go on for as long
     * as it leads.
     *
     * @param address told to the others, which find it by {@link #whoLeads}
     * @param meanwhile what happens between the read and the write: a long pause, for instance
     * @return what became of it, for people
     */
    public static String billOnce(KvClient client, String address, Runnable meanwhile)
            throws InterruptedException {
        LeaderElection election = client.election("billing");
        // Told off this thread. A good moment to stop; what protects the bills is the token.
        election.onLost(loss -> System.out.println("leads no more: " + loss.cause()));
        election.campaign(Value.of(address), PATIENCE);
        try {
            String last = election.lock().get("bills/last").value().map(Value::toUtf8).orElse("0");
            long number = Long.parseLong(last) + 1;
            meanwhile.run();
            election.lock().put("bills/last", Long.toString(number));
            return "wrote bill " + number;
        } catch (FencedException e) {
            return "deposed, no bill was written: " + e.violations().get(0).reason();
        } finally {
            if (election.isLeader()) {
                election.resign();
            }
        }
    }

    /** The address of the leader, as it has told it; "nobody" between two of them. */
    public static String whoLeads(KvClient client) {
        Optional<Leader> leader = client.election("billing").leader();
        return leader.map(found -> found.value().toUtf8()).orElse("nobody");
    }
}
