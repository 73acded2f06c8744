package dev.fencekv.server.state;

import dev.fencekv.kv.LockName;

/** Within one session: who acquires what. A repeated acquire is told by it. */
record LockOwner(LockName lock, long owner) implements Comparable<LockOwner> {
    @Override
    public int compareTo(LockOwner other) {
        int byLock = lock.compareTo(other.lock);
        return byLock != 0 ? byLock : Long.compare(owner, other.owner);
    }
}
