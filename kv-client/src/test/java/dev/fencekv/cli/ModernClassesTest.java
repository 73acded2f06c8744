package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModernClassesTest {
    /** The first that has what a verifier needs to check a class in one pass: Java 7's. */
    private static final int FORMAT_WITH_FRAMES = 51;

    @TempDir Path directory;

    private Path library;
    private Path made;

    @BeforeEach
    void makeIt() throws Exception {
        library =
                Path.of(
                        CommandLine.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        made = directory.resolve("kvcli/picocli.jar");
        ModernClasses.copy(library, made);
    }

    private static List<String> names(Path jar) throws IOException {
        try (ZipFile file = new ZipFile(jar.toFile())) {
            return file.stream().map(ZipEntry::getName).toList();
        }
    }

    private static int format(ZipFile jar, String name) throws IOException {
        try (InputStream bytes = jar.getInputStream(jar.getEntry(name))) {
            DataInputStream in = new DataInputStream(bytes);
            in.readInt(); // The magic number.
            return in.readInt() & 0xffff;
        }
    }

    @Test
    void theCopyHasAllOfTheLibrary() throws IOException {
        assertThat(names(made)).isEqualTo(names(library));
    }

    @Test
    void theJvmVerifiesEachOfItsClassesInOnePass() throws IOException {
        try (ZipFile jar = new ZipFile(made.toFile());
                URLClassLoader loader =
                        new URLClassLoader(
                                new URL[] {made.toUri().toURL()},
                                ClassLoader.getPlatformClassLoader())) {
            for (String name : names(made)) {
                if (!name.endsWith(".class") || name.endsWith("module-info.class")) {
                    continue;
                }
                assertThat(format(jar, name)).as(name).isGreaterThanOrEqualTo(FORMAT_WITH_FRAMES);
                String type = name.substring(0, name.length() - 6).replace('/', '.');
                assertThatCode(() -> Class.forName(type, true, loader))
                        .as(type)
                        .doesNotThrowAnyException();
            }
        }
    }

    @Test
    void twoLibrariesAreRefusedAndKeptAsTheyAre() {
        Path newer = directory.resolve("newer.jar");
        String[] paths = {library.toString(), newer.toString(), made.toString()};
        assertThatThrownBy(() -> ModernClasses.main(paths))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one library");
        assertThat(newer).doesNotExist();
    }

    @Test
    void aSecondCopyIsTheSameAsTheFirst() throws IOException {
        Path again = directory.resolve("again.jar");
        ModernClasses.copy(library, again);
        assertThat(again).hasSameBinaryContentAs(made);
        assertThat(Files.getLastModifiedTime(again)).isEqualTo(Files.getLastModifiedTime(made));
        try (var left = Files.list(made.getParent())) {
            assertThat(left).hasSize(1);
        }
    }
}
