package dev.fencekv.server;

import dev.fencekv.server.replication.StartRefusedException;
import java.util.List;

/** The store reaches into the JDK, which must have been told to let it. Stateless. */
public final class JvmFlags {
    /** Without these a map cannot be made; {@code scripts/jvm.options} has them, and more. */
    public static final List<String> REQUIRED =
            List.of(
                    "--add-opens=java.base/java.lang=ALL-UNNAMED",
                    "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");

    private JvmFlags() {}

    /** Whether this JVM was started with them. */
    public static boolean areGiven() {
        Module jdk = Object.class.getModule();
        Module ours = JvmFlags.class.getModule();
        return jdk.isOpen("java.lang", ours)
                && jdk.isOpen("java.lang.reflect", ours)
                && jdk.isExported("jdk.internal.ref", ours)
                && jdk.isExported("sun.nio.ch", ours);
    }

    /** Throws {@link StartRefusedException} if this JVM was started without them. */
    static void check() {
        if (!areGiven()) {
            throw new StartRefusedException(
                    "this JVM was started without the flags that it needs: run it by"
                            + " scripts/server, or as java @scripts/jvm.options");
        }
    }
}
