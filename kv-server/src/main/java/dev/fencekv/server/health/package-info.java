/**
 * What a node believes of the others and of itself: who is silent, whose clock is wrong, whose disk
 * is slow, whether it was paused itself. Feeds the choice of a leader, alarms and {@code kvcli
 * health}; nothing that must be correct depends on it.
 *
 * <p>Knows neither the engine nor the network: it is told what arrived and when, by the monotonic
 * clock, and says what it thinks.
 */
@NullMarked
package dev.fencekv.server.health;

import org.jspecify.annotations.NullMarked;
