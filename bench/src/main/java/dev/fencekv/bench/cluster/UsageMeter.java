package dev.fencekv.bench.cluster;

import dev.fencekv.bench.load.LoadResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a run costs a cluster. CPU time and pauses are those of the measured window, read from
 * files. Asking a JVM what it allocated would disturb it, so that is done before and after the run,
 * for all of its operations. Owned by one thread, which calls the methods in the order below.
 */
public final class UsageMeter {
    private final Cluster cluster;
    private final long clientPid;
    private final Map<Server, JvmProbe.Sample> before;
    private Moment begin;
    private Moment end;

    /** What can be read without disturbing anyone. */
    private record Moment(
            long wallMs,
            double busySeconds,
            double clientCpuSeconds,
            Map<Server, Double> cpuSeconds) {}

    /** A run is about to begin, its code warm already. */
    public UsageMeter(Cluster cluster, long clientPid) {
        this.cluster = cluster;
        this.clientPid = clientPid;
        this.before = samples();
        this.begin = moment();
        this.end = begin;
    }

    public void windowBegins() {
        begin = moment();
    }

    public void windowEnded() {
        end = moment();
    }

    private Moment moment() {
        Map<Server, Double> cpu = new LinkedHashMap<>();
        for (Server server : cluster.servers()) {
            cpu.put(server, ProcessFiles.cpuSeconds(server.pid()));
        }
        return new Moment(
                System.currentTimeMillis(),
                ProcessFiles.machineBusySeconds(),
                ProcessFiles.cpuSeconds(clientPid),
                cpu);
    }

    private Map<Server, JvmProbe.Sample> samples() {
        Map<Server, JvmProbe.Sample> samples = new LinkedHashMap<>();
        for (Server server : cluster.servers()) {
            if (server.jvm()) {
                try {
                    samples.put(server, JvmProbe.sample(server.pid()));
                } catch (IOException e) {
                    // Then its allocation is unknown.
                }
            }
        }
        return samples;
    }

    /** The run has ended. */
    public Usage usage(LoadResult result) {
        Map<Server, JvmProbe.Sample> after = samples();
        int leader = cluster.leader();
        List<ServerUsage> servers = new ArrayList<>();
        double clientSeconds = end.clientCpuSeconds - begin.clientCpuSeconds;
        double knownSeconds = clientSeconds;
        for (Server server : cluster.servers()) {
            ServerUsage usage = usage(server, servers.size() == leader, after, result);
            knownSeconds += usage.cpuSeconds();
            servers.add(usage);
        }
        return new Usage(
                servers, clientSeconds, end.busySeconds - begin.busySeconds - knownSeconds);
    }

    private ServerUsage usage(
            Server server, boolean leader, Map<Server, JvmProbe.Sample> after, LoadResult result) {
        JvmProbe.@Nullable Sample first = before.get(server);
        JvmProbe.@Nullable Sample last = after.get(server);
        boolean known = first != null && last != null && result.completedInAll() > 0;
        return new ServerUsage(
                server.name(),
                leader,
                end.cpuSeconds.getOrDefault(server, 0.0)
                        - begin.cpuSeconds.getOrDefault(server, 0.0),
                ProcessFiles.peakResidentBytes(server.pid()),
                known
                        ? (double) (last.allocatedBytes() - first.allocatedBytes())
                                / result.completedInAll()
                        : ProcessFiles.UNKNOWN,
                last == null ? ProcessFiles.UNKNOWN : last.heapBytes(),
                server.gcLog() == null
                        ? GcPauses.NONE
                        : GcPauses.within(server.gcLog(), begin.wallMs, end.wallMs));
    }
}
