package dev.fencekv.bench.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The build that we run from: where its jars and flags are. */
public record Installation(Path root) {
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
        command.add("-Xmx1g");
        command.add("-XX:+ExitOnOutOfMemoryError");
        // JvmProbe; later JDKs want to be told.
        command.add("-XX:+EnableDynamicAgentLoading");
        command.add(GcPauses.flag(gcLog));
        String more = System.getenv("JVM_OPTS");
        if (more != null && !more.isBlank()) {
            command.addAll(List.of(more.strip().split("\\s+")));
        }
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
