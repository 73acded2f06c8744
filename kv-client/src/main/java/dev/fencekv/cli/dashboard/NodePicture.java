package dev.fencekv.cli.dashboard;

import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import java.util.Optional;

/**
 * What a node said of itself when it was asked last.
 *
 * @param status empty if it did not answer
 * @param health empty if it did not answer
 */
record NodePicture(String address, Optional<NodeStatus> status, Optional<NodeHealth> health) {}
