package dev.fencekv.kv;

/**
 * A gate as listed.
 *
 * @param lock the lock that it was made with; it admits no other lock's tokens
 * @param mark the highest token admitted so far: lower ones are refused
 * @param revision when the mark was raised last
 * @param refused admissions that it has refused
 */
public record GateInfo(
        ResourceName resource, LockName lock, FencingToken mark, long revision, long refused) {}
