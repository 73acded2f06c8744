package dev.fencekv.bench.cluster;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs inside a server for a moment, loaded by {@link JvmProbe}, and writes down what its JVM knows
 * of itself. Opens no port, keeps no thread and no state. Uses the JDK alone: nothing else of this
 * program is on that process's mind.
 */
public final class ProbeAgent {
    private ProbeAgent() {}

    /** {@code file} is where the sample goes. */
    public static void agentmain(String file) throws IOException {
        Files.writeString(Path.of(file), sample());
    }

    static String sample() {
        return "allocated="
                + allocatedByLiveThreads()
                + "\nheap="
                + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
                + "\nnonHeap="
                + ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed()
                + "\ndirect="
                + directBytes()
                + "\n";
    }

    /** Threads that ended took their count along; a server's workers do not end. */
    private static long allocatedByLiveThreads() {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    private static long directBytes() {
        long sum = 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            sum += Math.max(0, pool.getMemoryUsed());
        }
        return sum;
    }
}
