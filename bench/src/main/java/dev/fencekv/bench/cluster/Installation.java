package dev.fencekv.bench.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The build that we run from: where its jars and flags are.
 *
 * @param jvmOptions more of them for each server
 */
public record Installation(Path root, List<String> jvmOptions) {
    public Installation {
        jvmOptions = List.copyOf(jvmOptions);
    }

    public Installation(Path root) {
        this(root, List.of());
    }

    public Installation with(String jvmOption) {
        List<String> more = new ArrayList<>(jvmOptions);
        more.add(jvmOption);
        return new Installation(root, more);
    }

    /** As scripts/bench says it. */
    public static Installation ofScripts() {
        String root = System.getProperty("fencekv.root");
        if (root == null) {
            throw new IllegalStateException("run this by scripts/bench");
        }
        return new Installation(Path.of(root));
    }

    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A server's JVM as scripts/cluster starts it, and the log of its collector's pauses. */
    List<String> serverJvm(Path gcLog) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.add("@" + root.resolve("scripts/jvm.options"));
        command.add("@" + root.resolve("scripts/server.options"));
        // JvmProbe; later JDKs want to be told.
        command.add("-XX:+EnableDynamicAgentLoading");
        command.add(GcPauses.flag(gcLog));
        String more = System.getenv("JVM_OPTS");
        if (more != null && !more.isBlank()) {
            command.addAll(List.of(more.strip().split("\\s+")));
        }
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(
                root.resolve("kv-server/target/kv-server.jar")
                        + ":"
                        + root.resolve("kv-server/target/lib")
                        + "/*");
        command.add("dev.fencekv.server.FenceKvServer");
        return command;
    }
}
