package dev.fencekv.bench.cluster;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A server process to be looked at.
 *
 * @param gcLog what its JVM writes by {@link GcPauses#flag}; null if it does not, or is no JVM
 * @param jvm whether it can be asked by {@link JvmProbe}
 */
public record Server(String name, long pid, boolean jvm, @Nullable Path gcLog) {}
