/**
 * Pictures: what to draw is a {@link dev.fencekv.bench.plot.Picture}, and one drawing serves two
 * canvases, SVG text and PNG pixels. Knows nothing of what is measured; depends on the JDK.
 */
@NullMarked
package dev.fencekv.bench.plot;

import org.jspecify.annotations.NullMarked;
