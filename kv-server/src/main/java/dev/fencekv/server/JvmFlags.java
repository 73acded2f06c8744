package dev.fencekv.server;

import dev.fencekv.server.replication.StartRefusedException;

/** The store reaches into the JDK, which must have been told to let it. Stateless. */
final class JvmFlags {
    private JvmFlags() {}

    /** Throws {@link StartRefusedException} if this JVM was started without them. */
    static void check() {
        Module jdk = Object.class.getModule();
        Module ours = JvmFlags.class.getModule();
        boolean given =
                jdk.isOpen("java.lang", ours)
                        && jdk.isOpen("java.lang.reflect", ours)
                        && jdk.isExported("jdk.internal.ref", ours)
                        && jdk.isExported("sun.nio.ch", ours);
        if (!given) {
            throw new StartRefusedException(
                    "this JVM was started without the flags that it needs: run it by"
                            + " scripts/server, or as java @scripts/jvm.options");
        }
    }
}
