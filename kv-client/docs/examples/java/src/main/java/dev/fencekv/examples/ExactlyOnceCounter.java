package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;

/**
 * Count. A lost reply, a lost connection, a lost leader: the client asks again under the same
 * sequence number, and the store answers what it answered the first time.
 */
public final class ExactlyOnceCounter {
    private ExactlyOnceCounter() {}

    public static void main(String[] endpoints) {
        try (KvClient client = FenceKv.connect(endpoints)) {
            System.out.println("visitor " + visit(client, "visits"));
        }
    }

    /** The number of this visit, from 1. */
    public static long visit(KvClient client, String page) {
        return client.increment(page, 1);
    }
}
