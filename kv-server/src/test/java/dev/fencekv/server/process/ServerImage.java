package dev.fencekv.server.process;

import static org.awaitility.Awaitility.await;

import dev.fencekv.server.FreePorts;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the JVM of a server is started from. When Maven runs the tests, the jars that we ship, with
 * an archive of their classes beside them, made once per build: with it a server starts in two
 * thirds of the time, and most of these tests start servers. Else, the classes that the IDE has
 * compiled.
 */
final class ServerImage {
    /** Set by the build: where our jar and {@code lib} are. */
    private static final String JARS = System.getProperty("fencekv.jars", "");

    /** Of classes that some JDK only can use. */
    private static final String ARCHIVE = "server-" + Runtime.version() + ".jsa";

    private ServerImage() {}

    /** The JVM's options for it. */
    static List<String> options(List<String> jvm, Path home) {
        if (JARS.isEmpty()) {
            return List.of("-cp", withoutTests(System.getProperty("java.class.path")));
        }
        List<Path> jars = jars(Path.of(JARS));
        Path archive = Path.of(JARS).resolve("processes").resolve(ARCHIVE);
        List<String> classPath = List.of("-cp", join(jars));
        makeOnce(archive, jars, () -> dump(jvm, classPath, archive, home));
        List<String> options = new ArrayList<>(classPath);
        options.add("-XX:SharedArchiveFile=" + archive);
        // A JVM that cannot map it does without, and says so where the server's own lines are read.
        options.add("-Xlog:cds=off");
        return options;
    }

    /** The server is what we ship: without the classes and resources of the tests. */
    private static String withoutTests(String classPath) {
        return Stream.of(classPath.split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> jars(Path build) {
        try (Stream<Path> libraries = Files.list(build.resolve("lib"))) {
            List<Path> jars = new ArrayList<>();
            jars.add(build.resolve("kv-server.jar"));
            libraries.sorted().forEach(jars::add);
            return jars;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String join(List<Path> jars) {
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** By the first of the tests that run at the same time; the others wait. */
    private static synchronized void makeOnce(Path archive, List<Path> jars, Runnable make) {
        try {
            Files.createDirectories(archive.getParent());
            try (FileChannel channel =
                            FileChannel.open(
                                    archive.resolveSibling(ARCHIVE + ".lock"),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    var held = channel.lock()) {
                if (!isNewerThanAll(archive, jars)) {
                    make.run();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isNewerThanAll(Path archive, List<Path> jars) throws IOException {
        if (!Files.exists(archive)) {
            return false;
        }
        for (Path jar : jars) {
            if (Files.getLastModifiedTime(jar).compareTo(Files.getLastModifiedTime(archive)) > 0) {
                return false;
            }
        }
        return true;
    }

    /** The classes that a node needs to lead, written when it ends. */
    private static void dump(List<String> jvm, List<String> classPath, Path archive, Path home) {
        Path unfinished = archive.resolveSibling(ARCHIVE + ".new");
        List<String> addresses = FreePorts.addresses(2);
        List<String> command = new ArrayList<>(jvm);
        command.addAll(classPath);
        command.add("-XX:ArchiveClassesAtExit=" + unfinished);
        command.add(Processes.SERVER);
        command.addAll(List.of("--dev", "--data-dir", home.resolve("archived").toString()));
        command.addAll(List.of("--client-address", addresses.get(0)));
        command.addAll(List.of("--peer-address", addresses.get(1)));
        try (JavaProcess node = JavaProcess.start("archived", home, Map.of(), command)) {
            await("a node leads")
                    .atMost(JavaProcess.PATIENCE)
                    .failFast("it ended", () -> !node.isAlive())
                    .until(() -> node.errLines().stream().anyMatch(l -> l.contains("ready=true")));
            node.terminate();
            node.awaitExit();
            Files.move(unfinished, archive, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
