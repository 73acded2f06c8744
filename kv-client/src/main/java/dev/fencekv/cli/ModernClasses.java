package dev.fencekv.cli;

import dev.fencekv.check.Check;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * Copies a library with its classes in today's format; what scripts/kvcli does with picocli before
 * its first run. Picocli's classes are those of Java 5: the JVM takes none into an archive of
 * classes, and verifies each at each start by inference, as there is nothing in them to check
 * against. That takes longer than all else that a run of a verb does.
 */
final class ModernClasses {
    /** What the JVMs that we support can read. */
    private static final int FORMAT = Opcodes.V17;

    private ModernClasses() {}

    /** {@code paths}: the library's jar, which is on the class path too, and the one to be made. */
    public static void main(String[] paths) throws IOException {
        Check.argument(paths.length == 2, "one library and one copy, not " + List.of(paths));
        copy(Path.of(paths[0]), Path.of(paths[1]));
    }

    /** Two copies are the same to the archives of the JVM: in their bytes, and in their age. */
    static void copy(Path library, Path made) throws IOException {
        Path unfinished =
                made.resolveSibling(made.getFileName() + "." + ProcessHandle.current().pid());
        Files.createDirectories(made.toAbsolutePath().getParent());
        try (ZipInputStream from = new ZipInputStream(Files.newInputStream(library));
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(unfinished))) {
            ZipEntry entry = from.getNextEntry();
            while (entry != null) {
                copy(entry, from, to);
                entry = from.getNextEntry();
            }
        }
        Files.setLastModifiedTime(unfinished, Files.getLastModifiedTime(library));
        Files.move(unfinished, made, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void copy(ZipEntry entry, InputStream from, ZipOutputStream to)
            throws IOException {
        byte[] bytes = from.readAllBytes();
        ZipEntry copied = new ZipEntry(entry.getName());
        copied.setTime(entry.getTime());
        to.putNextEntry(copied);
        to.write(isClass(entry.getName()) ? modern(bytes) : bytes);
        to.closeEntry();
    }

    private static boolean isClass(String name) {
        return name.endsWith(".class") && !name.endsWith("module-info.class");
    }

    private static byte[] modern(byte[] bytes) {
        ClassReader old = new ClassReader(bytes);
        ClassWriter modern = new ClassWriter(ClassWriter.COMPUTE_FRAMES);
        old.accept(
                new ClassVisitor(Opcodes.ASM9, modern) {
                    @Override
                    public void visit(
                            int version,
                            int access,
                            String name,
                            String signature,
                            String superName,
                            String[] interfaces) {
                        super.visit(
                                Math.max(version, FORMAT),
                                access,
                                name,
                                signature,
                                superName,
                                interfaces);
                    }
                },
                ClassReader.SKIP_FRAMES);
        return modern.toByteArray();
    }
}
