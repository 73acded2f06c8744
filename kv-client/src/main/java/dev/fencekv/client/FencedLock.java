package dev.fencekv.client;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** stub for the signatures. */
public final class FencedLock {
    FencedLock(ClientCore core, LockName name, long owner, long lockDelayMs) {}

    public LockName name() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Boolean> tryLockAsync() {
        throw new UnsupportedOperationException();
    }

    public boolean tryLock() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<FencingToken> lockAsync(Duration wait) {
        throw new UnsupportedOperationException();
    }

    public FencingToken lock(Duration wait) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Boolean> unlockAsync() {
        throw new UnsupportedOperationException();
    }

    public boolean unlock() {
        throw new UnsupportedOperationException();
    }

    public FencingToken token() {
        throw new UnsupportedOperationException();
    }

    public boolean isHeld() {
        throw new UnsupportedOperationException();
    }

    public LockState state() {
        throw new UnsupportedOperationException();
    }

    public void onLost(Consumer<LockLost> listener) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<WriteResult> putAsync(Key key, Value value, WriteOptions options) {
        throw new UnsupportedOperationException();
    }

    public WriteResult put(Key key, Value value, WriteOptions options) {
        throw new UnsupportedOperationException();
    }

    public WriteResult put(String key, String value) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<WriteResult> deleteAsync(Key key, WriteOptions options) {
        throw new UnsupportedOperationException();
    }

    public WriteResult delete(Key key, WriteOptions options) {
        throw new UnsupportedOperationException();
    }

    public WriteResult delete(String key) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<ReadResult> getAsync(Key key, ReadOptions options) {
        throw new UnsupportedOperationException();
    }

    public ReadResult get(Key key, ReadOptions options) {
        throw new UnsupportedOperationException();
    }

    public ReadResult get(String key) {
        throw new UnsupportedOperationException();
    }
}
