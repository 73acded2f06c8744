package dev.fencekv.bench.load;

import org.HdrHistogram.Histogram;

/** Hears how a run goes, on the run's own thread. */
public interface LoadObserver {
    LoadObserver NONE = new LoadObserver() {};

    /** The measured window begins now. */
    default void begins() {}

    /** A second of it is over. */
    default void progress(int second, Histogram lastSecond) {}

    /** It has ended; answers may still be under way. */
    default void ended() {}
}
