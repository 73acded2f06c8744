package dev.fencekv.examples;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.OutcomeUnknownException;
import dev.fencekv.client.UnavailableException;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.util.UUID;

/**
 * "I do not know" is an answer of its own, and the only honest one when the time is up and nobody
 * has said what became of a write. It is rare: until then the client asks again by itself, and the
 * command applies once.
 */
public final class UnknownOutcomes {
    /** What became of an order. */
    public enum Order {
        PLACED,
        NOT_PLACED,
        /** Ask again later, under the same id. */
        NOT_KNOWN
    }

    private UnknownOutcomes() {}

    public static void main(String[] endpoints) {
        try (KvClient client = FenceKv.connect(endpoints)) {
            System.out.println(place(client, UUID.randomUUID().toString(), "12 x 4711"));
        }
    }

    /**
     * Places an order under an id that the caller never uses for another one, so that it may be
     * repeated, also by another process, as often as it takes.
     */
    public static Order place(KvClient client, String id, String order) {
        Key key = Key.of("orders/" + id);
        try {
            client.put(key, Value.of(order), WriteOptions.NONE);
            return Order.PLACED;
        } catch (UnavailableException e) {
            return Order.NOT_PLACED; // Did not apply, and will not.
        } catch (OutcomeUnknownException e) {
            return find(client, key);
        }
    }

    /** The write may have applied, or still do so: what is there is certain, what is not is not. */
    private static Order find(KvClient client, Key key) {
        try {
            boolean there = client.get(key.toString()).record().isPresent();
            return there ? Order.PLACED : Order.NOT_KNOWN;
        } catch (UnavailableException e) {
            return Order.NOT_KNOWN;
        }
    }
}
