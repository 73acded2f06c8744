package dev.fencekv.cli;

import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Writes lines, many at a time. Two lines of one key are written one after the other, in the order
 * of the lines. Owned by the verb's thread.
 */
final class Import {
    /** One round trip for so many; few enough to be no burst. */
    private static final int AT_A_TIME_MAX = 128;

    private static final String KEY = "key";
    private static final String VALUE = "value";
    private static final String BASE64 = "base64";

    /** A write under way. */
    private record Sent(long line, CompletableFuture<WriteResult> answer) {}

    private final KvClient client;
    private final WriteOptions options;
    private final Map<Key, Sent> sent = new LinkedHashMap<>();
    private long line;
    private long written;
    private long leftAlone;

    Import(KvClient client, WriteOptions options) {
        this.client = client;
        this.options = options;
    }

    long written() {
        return written;
    }

    /** Lines whose condition did not hold. */
    long leftAlone() {
        return leftAlone;
    }

    /** Throws {@link ImportException} for the first line so far that cannot be written. */
    void line(String text) throws InterruptedException {
        line++;
        if (text.isBlank()) {
            return;
        }
        Map<String, String> members;
        Key key;
        Value value;
        try {
            members = JsonLine.strings(text);
            key = Key.copyOf(bytes(members, KEY, "key_encoding"));
            value = Value.copyOf(bytes(members, VALUE, "encoding"));
        } catch (IllegalArgumentException e) {
            long wrong = line;
            settle();
            throw new ImportException(wrong, ExitCode.USAGE, e);
        }
        if (sent.containsKey(key) || sent.size() == AT_A_TIME_MAX) {
            settle();
        }
        sent.put(key, new Sent(line, client.putAsync(key, value, options)));
    }

    private static byte[] bytes(Map<String, String> members, String name, String encoding) {
        String text = members.get(name);
        if (text == null) {
            throw new IllegalArgumentException("it has no string '" + name + "'");
        }
        String how = members.get(encoding);
        if (how == null) {
            return utf8(text, name);
        }
        if (!how.equals(BASE64)) {
            throw new IllegalArgumentException(
                    "'" + encoding + "' is '" + how + "', want '" + BASE64 + "' or none");
        }
        return Base64.getDecoder().decode(text);
    }

    private static byte[] utf8(String text, String name) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("'" + name + "' has half a character", e);
        }
    }

    /** Waits until all lines so far are written; throws {@link ImportException} for the first. */
    void settle() throws InterruptedException {
        ImportException first = null;
        for (Sent each : sent.values()) {
            try {
                each.answer().get();
                written++;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof ConditionFailedException) {
                    leftAlone++;
                } else if (first == null) {
                    first = new ImportException(each.line(), code(e.getCause()), e.getCause());
                }
            }
        }
        sent.clear();
        if (first != null) {
            throw first;
        }
    }

    private static ExitCode code(Throwable failure) {
        return failure instanceof FenceKvException refusal
                ? ExitCode.of(refusal)
                : ExitCode.UNAVAILABLE;
    }
}
