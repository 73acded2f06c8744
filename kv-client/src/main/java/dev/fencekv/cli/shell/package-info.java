/**
 * The interactive shell: a line editor with history and completion, around verbs that it runs
 * without knowing them. Depends on client, kv, JLine and picocli's model of the verbs; kvcli hands
 * it the verbs. State is owned by the thread that runs the shell.
 */
@NullMarked
package dev.fencekv.cli.shell;

import org.jspecify.annotations.NullMarked;
