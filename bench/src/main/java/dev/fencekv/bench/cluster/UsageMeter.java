package dev.fencekv.bench.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a cluster costs between two moments. Owned by one thread, which calls {@link #begin},
 * {@link #end}, {@link #usage}, in this order.
 */
public final class UsageMeter {
    private final Cluster cluster;
    private final long clientPid;
    private Moment begin;
    private Moment end;

    /** Everything at one moment. */
    private record Moment(
            long wallMs,
            double busySeconds,
            double clientCpuSeconds,
            Map<Server, Double> cpuSeconds,
            Map<Server, JvmProbe.Sample> samples) {}

    /** The first look loads what later looks need, before anything is measured. */
    public UsageMeter(Cluster cluster, long clientPid) {
        this.cluster = cluster;
        this.clientPid = clientPid;
        this.begin = look();
        this.end = begin;
    }

    public void begin() {
        begin = look();
    }

    public void end() {
        end = look();
    }

    private Moment look() {
        Map<Server, Double> cpu = new LinkedHashMap<>();
        Map<Server, JvmProbe.Sample> samples = new LinkedHashMap<>();
        for (Server server : cluster.servers()) {
            cpu.put(server, ProcessFiles.cpuSeconds(server.pid()));
        }
        double busy = ProcessFiles.machineBusySeconds();
        double client = ProcessFiles.cpuSeconds(clientPid);
        long wallMs = System.currentTimeMillis();
        for (Server server : cluster.servers()) {
            if (server.jvm()) {
                try {
                    samples.put(server, JvmProbe.sample(server.pid()));
                } catch (IOException e) {
                    // Then its allocation is unknown.
                }
            }
        }
        return new Moment(wallMs, busy, client, cpu, samples);
    }

    public Usage usage() {
        int leader = cluster.leader();
        List<ServerUsage> servers = new ArrayList<>();
        double known = end.clientCpuSeconds - begin.clientCpuSeconds;
        for (Server server : cluster.servers()) {
            ServerUsage usage = usage(server, servers.size() == leader);
            known += usage.cpuSeconds();
            servers.add(usage);
        }
        return new Usage(
                servers,
                end.clientCpuSeconds - begin.clientCpuSeconds,
                end.busySeconds - begin.busySeconds - known);
    }

    private ServerUsage usage(Server server, boolean leader) {
        JvmProbe.@Nullable Sample first = begin.samples.get(server);
        JvmProbe.@Nullable Sample last = end.samples.get(server);
        double allocated = ProcessFiles.UNKNOWN;
        long heap = ProcessFiles.UNKNOWN;
        if (first != null && last != null && last.nanos() > first.nanos()) {
            allocated =
                    (last.allocatedBytes() - first.allocatedBytes())
                            * 1e9
                            / (last.nanos() - first.nanos());
            heap = last.heapBytes();
        }
        return new ServerUsage(
                server.name(),
                leader,
                end.cpuSeconds.getOrDefault(server, 0.0)
                        - begin.cpuSeconds.getOrDefault(server, 0.0),
                ProcessFiles.peakResidentBytes(server.pid()),
                allocated,
                heap,
                server.gcLog() == null
                        ? GcPauses.NONE
                        : GcPauses.within(server.gcLog(), begin.wallMs, end.wallMs));
    }
}
