/**
 * HTTP for operators and their tools: metrics, liveness, readiness. Reads what the node reports;
 * changes nothing.
 */
@NullMarked
package dev.fencekv.server.admin;

import org.jspecify.annotations.NullMarked;
