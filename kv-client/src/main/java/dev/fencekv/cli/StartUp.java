package dev.fencekv.cli;

import dev.fencekv.io.NettyLog;

/**
 * What the libraries are told so that one run of one verb begins soon. They are made for servers,
 * which may take their time to find out about the machine, and are asked a million times after it.
 */
final class StartUp {
    /** Name and value, one after the other. */
    private static final String[] SETTINGS = {
        // Nobody reads a log: kvcli says what goes wrong. Else slf4j opens all jars to find out.
        "slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider",
        "slf4j.internal.verbosity", "ERROR",
        // The native library would have to be unpacked, at each run.
        "io.netty.transport.noNative", "true",
        // Ids of channels, which nobody looks at: Netty would ask for all network interfaces.
        "io.netty.machineId", "00:00:00:00:00:00",
        "io.netty.processId", "0",
        // A pool of buffers for a few frames, and who watches it.
        "io.netty.allocator.type", "unpooled",
        "io.netty.leakDetection.level", "disabled",
        "io.netty.noKeySetOptimization", "true",
        "io.netty.jfr.enabled", "false",
        // Types that no option has, and a language that nobody writes verbs in.
        "picocli.converters.excludes", ".*",
        "picocli.disable.closures", "true",
    };

    private StartUp() {}

    /** Before anything else is done. What the user has set stays. */
    static void prepare() {
        for (int i = 0; i < SETTINGS.length; i += 2) {
            if (System.getProperty(SETTINGS[i]) == null) {
                System.setProperty(SETTINGS[i], SETTINGS[i + 1]);
            }
        }
        NettyLog.useSlf4j();
    }
}
