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
        // Which Linux this is, and events for a flight recorder that does not run.
        "io.netty.osClassifiers", "",
        "io.netty.jfr.enabled", "false",
        // Ids of channels, which nobody looks at: Netty would ask for all network interfaces.
        "io.netty.machineId", "00:00:00:00:00:00",
        "io.netty.processId", "0",
        // A pool of buffers for a few frames, and who watches it.
        "io.netty.allocator.type", "unpooled",
        "io.netty.leakDetection.level", "disabled",
        "io.netty.noKeySetOptimization", "true",
        // Types that no option has, and a language that nobody writes verbs in.
        "picocli.converters.excludes", ".*",
        "picocli.disable.closures", "true",
    };

    private StartUp() {}

    /** Before anything else is done. What the user has set stays. */
    static void prepare() {
        for (int i = 0; i < SETTINGS.length; i += 2) {
            set(SETTINGS[i], SETTINGS[i + 1]);
        }
        if (System.getProperty("os.name").equals("Linux")) {
            // What the JDK takes anyway, once it has looked into all jars for another one.
            set("java.nio.channels.spi.SelectorProvider", "sun.nio.ch.EPollSelectorProvider");
        }
        NettyLog.useSlf4j();
    }

    private static void set(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
