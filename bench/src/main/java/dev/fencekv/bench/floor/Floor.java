package dev.fencekv.bench.floor;

import dev.fencekv.bench.json.JsonObject;

/**
 * Medians of what the machine gives, in microseconds.
 *
 * @param fsync a record's fdatasync, in a preallocated log, alone
 * @param fsyncOfThree the same, with three logs on the one disk at work
 * @param roundTrip over loopback between two processes
 * @param write a durable write on a quorum of two of three processes, client to client
 */
public record Floor(double fsync, double fsyncOfThree, double roundTrip, double write) {
    public JsonObject toJson() {
        return new JsonObject()
                .put("fsyncUs", fsync)
                .put("fsyncOfThreeUs", fsyncOfThree)
                .put("roundTripUs", roundTrip)
                .put("writeUs", write);
    }

    public static Floor ofJson(JsonObject json) {
        return new Floor(
                json.number("fsyncUs"),
                json.number("fsyncOfThreeUs"),
                json.number("roundTripUs"),
                json.number("writeUs"));
    }
}
