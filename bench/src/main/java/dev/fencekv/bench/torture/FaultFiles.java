package dev.fencekv.bench.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What each node is told by its file of faults: the servers read it again and again. Owned by one
 * thread.
 */
final class FaultFiles {
    /** In the directory in which a node runs. */
    static final String JVM_OPTION = "-Dfencekv.test.faults=faults";

    private final List<Path> dirs;
    private final List<List<String>> lines = new ArrayList<>();

    FaultFiles(List<Path> dirs) {
        this.dirs = dirs;
        dirs.forEach(dir -> lines.add(new ArrayList<>()));
    }

    void add(int node, String line) throws IOException {
        lines.get(node).add(line);
        write(node);
    }

    void remove(int node, String line) throws IOException {
        lines.get(node).remove(line);
        write(node);
    }

    private void write(int node) throws IOException {
        Path next = dirs.get(node).resolve("faults.next");
        Files.write(next, lines.get(node));
        Files.move(
                next,
                dirs.get(node).resolve("faults"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
