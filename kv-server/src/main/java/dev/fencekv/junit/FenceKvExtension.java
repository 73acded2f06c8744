package dev.fencekv.junit;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The extension behind {@link FenceKvCluster}, and for those who would rather register it:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final FenceKvExtension fencekv = FenceKvExtension.withNodes(3);
 * }</pre>
 *
 * <p>In a static field the cluster lives as long as the class's tests, else as long as one test.
 * Needs JUnit 5.13 or newer, 6 included: what it starts is closed by JUnit's store.
 */
public final class FenceKvExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(FenceKvExtension.class);

    /** Null: as the annotation says. */
    private final FenceKvTestCluster.@Nullable Options options;

    /** Of a registered extension: the cluster of now. */
    private volatile @Nullable FenceKvTestCluster cluster;

    /** For JUnit, behind {@link FenceKvCluster}. */
    public FenceKvExtension() {
        this.options = null;
    }

    private FenceKvExtension(FenceKvTestCluster.Options options) {
        this.options = options;
    }

    /** A cluster of so many nodes, 1 to 5, with records on the heap. */
    public static FenceKvExtension withNodes(int nodes) {
        return with(FenceKvTestCluster.Options.nodes(nodes));
    }

    /** A cluster of this kind. */
    public static FenceKvExtension with(FenceKvTestCluster.Options options) {
        return new FenceKvExtension(options);
    }

    /**
     * The cluster of a registered extension.
     *
     * @throws IllegalStateException outside of tests, or behind an annotation
     */
    public FenceKvTestCluster cluster() {
        FenceKvTestCluster known = cluster;
        if (known == null) {
            throw new IllegalStateException(
                    "the cluster of a registered extension lives while tests run; behind"
                            + " @FenceKvCluster let the test have it as a parameter");
        }
        return known;
    }

    // --- what JUnit calls ----------------------------------------------------------------------

    @Override
    public void beforeAll(ExtensionContext context) {
        clusterOf(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        clusterOf(context);
    }

    /** The next test finds all nodes running. */
    @Override
    public void afterEach(ExtensionContext context) {
        FenceKvTestCluster used = clusterOf(context);
        for (int node = 0; node < used.size(); node++) {
            used.restart(node);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == FenceKvTestCluster.class || type == KvClient.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        FenceKvTestCluster known = clusterOf(context);
        if (parameter.getParameter().getType() == FenceKvTestCluster.class) {
            return known;
        }
        KvClient client = known.clientBuilder().label(label(parameter)).build();
        context.getStore(NAMESPACE).put(client, client); // Closed with the context.
        return client;
    }

    /** Evidence names a client as the test does, if the names of parameters are compiled in. */
    private static String label(ParameterContext parameter) {
        String name = parameter.getParameter().getName();
        boolean fits =
                name.getBytes(StandardCharsets.UTF_8).length <= Limits.SESSION_LABEL_BYTES_MAX;
        return fits ? name : "test";
    }

    // --- clusters ------------------------------------------------------------------------------

    /** The one of this context or of one around it; started if there is none. */
    private FenceKvTestCluster clusterOf(ExtensionContext context) {
        Store store = context.getStore(NAMESPACE);
        Object key = options == null ? FenceKvCluster.class : this;
        FenceKvTestCluster known = store.get(key, FenceKvTestCluster.class);
        if (known == null) {
            known = options == null ? annotated(context) : FenceKvTestCluster.start(options);
            store.put(key, known); // Closed with the context.
        }
        if (options != null) {
            cluster = known;
        }
        return known;
    }

    private static FenceKvTestCluster annotated(ExtensionContext context) {
        Optional<FenceKvCluster> asked =
                AnnotationSupport.findAnnotation(
                        context.getRequiredTestClass(), FenceKvCluster.class);
        FenceKvTestCluster.Options options =
                asked.map(FenceKvExtension::options).orElse(FenceKvTestCluster.Options.nodes(1));
        boolean forTheRun =
                asked.filter(each -> each.reuse() == FenceKvCluster.Reuse.RUN).isPresent();
        return forTheRun ? ofTheRun(context, options) : FenceKvTestCluster.start(options);
    }

    private static FenceKvTestCluster.Options options(FenceKvCluster asked) {
        return FenceKvTestCluster.Options.nodes(asked.nodes()).with(asked.store());
    }

    /** Classes that run at the same time wait for the one that starts it. */
    private static synchronized FenceKvTestCluster ofTheRun(
            ExtensionContext context, FenceKvTestCluster.Options options) {
        Store store = context.getRoot().getStore(NAMESPACE);
        FenceKvTestCluster known = store.get(options, FenceKvTestCluster.class);
        if (known == null) {
            known = FenceKvTestCluster.start(options);
            store.put(options, known);
        }
        return known;
    }
}
