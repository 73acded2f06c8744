/**
 * The cluster on one screen, as it changes. Depends on client, kv and JLine. A picture is asked
 * for, compared with the one before, drawn; state is owned by the thread that runs the screen.
 */
@NullMarked
package dev.fencekv.cli.dashboard;

import org.jspecify.annotations.NullMarked;
