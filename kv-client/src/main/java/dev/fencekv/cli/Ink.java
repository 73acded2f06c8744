package dev.fencekv.cli;

import org.jspecify.annotations.Nullable;

/** Colours of text, or none. Immutable. */
enum Ink {
    COLOURED,
    PLAIN;

    private static final String RESET = "\u001b[0m";

    /**
     * What a terminal gets; anything else is {@link #PLAIN}.
     *
     * @param noColour the environment's NO_COLOR: colours are unwanted if it is set and not empty
     * @param terminalType the environment's TERM
     */
    static Ink forTerminal(@Nullable String noColour, @Nullable String terminalType) {
        boolean wanted = noColour == null || noColour.isEmpty();
        boolean able = terminalType != null && !terminalType.startsWith("dumb");
        return wanted && able ? COLOURED : PLAIN;
    }

    /** Headings. */
    String strong(String text) {
        return painted("\u001b[1m", text);
    }

    /** Refusals and failures. */
    String bad(String text) {
        return painted("\u001b[31m", text);
    }

    private String painted(String how, String text) {
        return this == PLAIN || text.isEmpty() ? text : how + text + RESET;
    }
}
