/**
 * What is made of a run: numbers as text and JSON, histogram files, plots, a page. Depends on load,
 * cluster, floor, plot and json.
 */
@NullMarked
package dev.fencekv.bench.report;

import org.jspecify.annotations.NullMarked;
