package dev.fencekv.bench.cluster;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.StringReader;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Asks the JVM of another process of this user what it has allocated, without its program knowing:
 * the attach mechanism runs {@link ProbeAgent} in it, for some milliseconds. Stateless.
 */
public final class JvmProbe {
    private JvmProbe() {}

    /**
     * One moment of a JVM.
     *
     * @param allocatedBytes by its live threads since they began
     */
    public record Sample(
            long allocatedBytes, long heapBytes, long nonHeapBytes, long directBytes) {}

    /** Throws IOException, which names the process, if it cannot be asked. */
    public static Sample sample(long pid) throws IOException {
        Path file = Files.createTempFile("fencekv-probe", ".txt");
        try {
            VirtualMachine vm = VirtualMachine.attach(Long.toString(pid));
            try {
                vm.loadAgent(agentJar().toString(), file.toString());
            } finally {
                vm.detach();
            }
            Properties said = new Properties();
            said.load(new StringReader(Files.readString(file)));
            return new Sample(
                    Long.parseLong(said.getProperty("allocated")),
                    Long.parseLong(said.getProperty("heap")),
                    Long.parseLong(said.getProperty("nonHeap")),
                    Long.parseLong(said.getProperty("direct")));
        } catch (AttachNotSupportedException
                | AgentLoadException
                | AgentInitializationException
                | NumberFormatException e) {
            throw new IOException("cannot ask process " + pid + ": " + e, e);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /**
     * The jar that we run from, or was made of the classes that we run from: it names the agent.
     */
    private static Path agentJar() throws IOException {
        try {
            Path own =
                    Path.of(
                            ProbeAgent.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            return Files.isDirectory(own) ? own.resolveSibling("bench.jar") : own;
        } catch (URISyntaxException e) {
            throw new IOException("cannot find our own jar", e);
        }
    }
}
