/**
 * A FenceKV cluster inside the JVM of somebody's tests, and the JUnit extension that starts one.
 * Depends on the server and the client; nothing depends on it, and only the extension on JUnit,
 * which whoever uses it brings along. A cluster owns its nodes, its clients and its directory.
 */
@NullMarked
package dev.fencekv.junit;

import org.jspecify.annotations.NullMarked;
