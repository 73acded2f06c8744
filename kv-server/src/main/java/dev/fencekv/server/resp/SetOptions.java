package dev.fencekv.server.resp;

import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What follows key and value of a SET.
 *
 * @param ifAbsent NX
 * @param ifPresent XX
 * @param previous GET: answer with the value of before
 * @param ttl EX, PX
 * @param fences TOKEN lock token, each
 */
record SetOptions(
        boolean ifAbsent,
        boolean ifPresent,
        boolean previous,
        Optional<Duration> ttl,
        List<Fence> fences) {
    SetOptions {
        if (ifAbsent && ifPresent) {
            throw RefusedException.syntax();
        }
        fences = List.copyOf(fences);
    }

    static SetOptions read(Words words) {
        boolean ifAbsent = false;
        boolean ifPresent = false;
        boolean previous = false;
        Optional<Duration> ttl = Optional.empty();
        List<Fence> fences = new ArrayList<>();
        while (words.hasMore()) {
            switch (words.keyword()) {
                case "NX" -> ifAbsent = true;
                case "XX" -> ifPresent = true;
                case "GET" -> previous = true;
                case "TOKEN" -> fences.add(words.fence());
                case "EX" -> ttl = only(ttl, ExpiryCommands.ttl(words, TimeUnit.SECONDS));
                case "PX" -> ttl = only(ttl, ExpiryCommands.ttl(words, TimeUnit.MILLISECONDS));
                case "KEEPTTL" ->
                        throw new RefusedException(
                                "UNSUPPORTED a SET takes the TTL away: give another one with EX or"
                                        + " PX, or use APPEND or INCRBY, which keep it");
                case "EXAT", "PXAT" -> throw wallClock();
                default -> throw RefusedException.syntax();
            }
        }
        return new SetOptions(ifAbsent, ifPresent, previous, ttl, fences);
    }

    /** What follows the key of a GETEX: how its TTL is changed, by one option or none. */
    static Optional<Operation.Expire> expiry(Key key, Words words) {
        if (!words.hasMore()) {
            return Optional.empty();
        }
        Operation.Expire expire =
                switch (words.keyword()) {
                    case "EX" -> Operation.expire(key, ExpiryCommands.ttl(words, TimeUnit.SECONDS));
                    case "PX" ->
                            Operation.expire(key, ExpiryCommands.ttl(words, TimeUnit.MILLISECONDS));
                    case "PERSIST" -> Operation.persist(key);
                    case "EXAT", "PXAT" -> throw wallClock();
                    default -> throw RefusedException.syntax();
                };
        words.end();
        return Optional.of(expire);
    }

    private static RefusedException wallClock() {
        return new RefusedException(
                "UNSUPPORTED nothing here expires by a wall clock: use EX or PX");
    }

    private static Optional<Duration> only(Optional<Duration> before, Duration ttl) {
        if (before.isPresent()) {
            throw RefusedException.syntax();
        }
        return Optional.of(ttl);
    }

    /** No options but this. */
    static SetOptions lasting(Duration ttl) {
        return new SetOptions(false, false, false, Optional.of(ttl), List.of());
    }

    /** No options but GET. */
    static SetOptions returningPrevious() {
        return new SetOptions(false, false, true, Optional.empty(), List.of());
    }

    WriteOptions write() {
        WriteOptions write = Fences.shown(WriteOptions.NONE, fences);
        return ttl.map(write::ttl).orElse(write);
    }

    Operation.Put operation(Key key, Value value) {
        Operation.Put put = Operation.put(key, value);
        return ttl.map(put::withTtl).orElse(put);
    }
}
