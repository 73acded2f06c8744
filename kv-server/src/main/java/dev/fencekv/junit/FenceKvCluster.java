package dev.fencekv.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class a FenceKV cluster inside their JVM, started before the first of them.
 * Methods take it as a parameter, or clients of it:
 *
 * <pre>{@code
 * @FenceKvCluster(nodes = 3)
 * class StockTest {
 *     @Test
 *     void oneOfTwoGetsTheLock(KvClient ann, KvClient bob) {
 *         assertTrue(ann.lock("stock").tryLock());
 *         assertFalse(bob.lock("stock").tryLock());
 *     }
 *
 *     @Test
 *     void survivesTheLossOfTheLeader(FenceKvTestCluster cluster, KvClient client) {
 *         cluster.stop(cluster.awaitLeader());
 *         client.put("stock/4711", "12");
 *     }
 * }
 * }</pre>
 *
 * <p>Each parameter of type {@code KvClient} is a client with a session of its own, closed when the
 * test ends. Records stay from one test to the next: let each use keys of its own. A node that a
 * test has stopped is started again after it. For more than the annotation can say: {@link
 * FenceKvExtension}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(FenceKvExtension.class)
public @interface FenceKvCluster {
    /** 1 to 5; 3 to see a leader go. */
    int nodes() default 1;

    /** Where records are kept. */
    FenceKvTestCluster.Store store() default FenceKvTestCluster.Store.HEAP;

    /** How long the cluster lives. */
    Reuse reuse() default Reuse.CLASS;

    /** How long a cluster lives. */
    enum Reuse {
        /** From the first test of the class to its last. */
        CLASS,
        /** From the first class that asks for such a cluster to the end of the run. */
        RUN
    }
}
