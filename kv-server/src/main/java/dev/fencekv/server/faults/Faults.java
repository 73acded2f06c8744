package dev.fencekv.server.faults;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is wrong with a node. In a file, a line each; none: nothing.
 *
 * <pre>
 *  cut PEER              nothing that we send reaches it
 *  delay PEER MS JITTER  everything that we send it takes MS longer, and up to JITTER by chance
 *  lose PEER PERCENT     so much of what we send it is lost
 *  clock step MS         the wall clock is ahead by so much, or behind
 *  clock rate PERCENT    it runs at this percentage of its speed, from now on
 *  clock freeze          it stands still
 *  disk slow MS          each sync of the log takes so much longer
 *  disk fail             the next sync of the log fails
 * </pre>
 *
 * @param links by the peer address; those that are not there are sound
 */
public record Faults(Map<String, Link> links, Clock clock, Disk disk) {
    public static final Faults NONE =
            new Faults(Map.of(), new Clock(ClockFault.NONE, 0), new Disk(0, false));

    /**
     * Of what we send to one peer.
     *
     * @param lossPercent 100: it is cut
     */
    public record Link(int delayMs, int jitterMs, int lossPercent) {
        static final Link SOUND = new Link(0, 0, 0);
    }

    public enum ClockFault {
        NONE,
        STEP,
        RATE,
        FREEZE
    }

    /**
     * @param amount milliseconds of a step, percentage of a rate
     */
    public record Clock(ClockFault fault, long amount) {}

    public record Disk(int syncDelayMs, boolean syncFails) {}

    public Faults {
        links = Map.copyOf(links);
    }

    /** Throws IllegalArgumentException that names the line. */
    public static Faults parse(List<String> lines) {
        Map<String, Link> links = new HashMap<>();
        Clock clock = NONE.clock;
        int syncDelayMs = 0;
        boolean syncFails = false;
        for (String line : lines) {
            String[] words = line.trim().split(" +");
            try {
                switch (words[0]) {
                    case "" -> {}
                    case "cut" -> links.put(words[1], new Link(0, 0, 100));
                    case "delay" ->
                            links.put(words[1], new Link(number(words[2]), number(words[3]), 0));
                    case "lose" -> links.put(words[1], new Link(0, 0, number(words[2])));
                    case "clock" ->
                            clock =
                                    new Clock(
                                            ClockFault.valueOf(words[1].toUpperCase(Locale.ROOT)),
                                            words.length > 2 ? Long.parseLong(words[2]) : 0);
                    case "disk" -> {
                        if (words[1].equals("fail")) {
                            syncFails = true;
                        } else {
                            syncDelayMs = number(words[2]);
                        }
                    }
                    default -> throw new IllegalArgumentException("no such fault");
                }
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException("\"" + line + "\": " + e.getMessage(), e);
            }
        }
        return new Faults(links, clock, new Disk(syncDelayMs, syncFails));
    }

    private static int number(String word) {
        int number = Integer.parseInt(word);
        if (number < 0) {
            throw new IllegalArgumentException("must not be negative");
        }
        return number;
    }

    /** How what we send to {@code peer} fares. */
    public Link link(String peer) {
        return links.getOrDefault(peer, Link.SOUND);
    }
}
