package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Whatever a user of the client can call says what it does. That links and tags are right is the
 * compiler's business: the build runs its doclint over the package.
 */
class DocumentedTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/fencekv/client");

    @Test
    void everyPublicTypeAndMethodIsDocumented() throws IOException {
        assertThat(undocumented(SOURCES)).isEmpty();
    }

    private static List<String> undocumented(Path sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> found = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> all = Files.list(sources)) {
            List<Path> java = all.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(java).as("sources of the client").hasSizeGreaterThan(20);
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    null,
                                    null,
                                    files.getJavaFileObjectsFromPaths(java));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Scanner(docs, found).scan(unit, null);
            }
        }
        return found;
    }

    /** Looks at what is public, all the way out. */
    private static final class Scanner extends TreePathScanner<Void, Void> {
        private final DocTrees docs;
        private final List<String> found;

        Scanner(DocTrees docs, List<String> found) {
            this.docs = docs;
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            if (!isPublic(type.getModifiers())) {
                return null;
            }
            check(type.getSimpleName().toString());
            return super.visitClass(type, unused);
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            boolean inherits =
                    method.getModifiers().getAnnotations().stream()
                            .anyMatch(
                                    each -> each.getAnnotationType().toString().equals("Override"));
            boolean compact = method.getReturnType() == null; // Of a record: its type says it.
            if (isPublic(method.getModifiers()) && !inherits && !compact) {
                check(typeName() + "." + method.getName());
            }
            return null;
        }

        private String typeName() {
            for (TreePath path = getCurrentPath(); path != null; path = path.getParentPath()) {
                Tree leaf = path.getLeaf();
                if (leaf instanceof ClassTree type) {
                    return type.getSimpleName().toString();
                }
            }
            return "";
        }

        private void check(String name) {
            if (docs.getDocComment(getCurrentPath()) == null) {
                found.add(name);
            }
        }

        private static boolean isPublic(ModifiersTree modifiers) {
            return modifiers.getFlags().contains(Modifier.PUBLIC);
        }
    }
}
