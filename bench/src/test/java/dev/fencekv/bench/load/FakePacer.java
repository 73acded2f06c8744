package dev.fencekv.bench.load;

/** A clock that moves when it is told to, or waited for. */
final class FakePacer implements Pacer {
    private long now;

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public void until(long nanos) {
        now = Math.max(now, nanos);
    }

    void pass(long nanos) {
        now += nanos;
    }
}
