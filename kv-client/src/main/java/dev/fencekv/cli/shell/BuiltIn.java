package dev.fencekv.cli.shell;

/** What the shell does itself. */
enum BuiltIn {
    HELP("help", "Shows help, of all or of one verb"),
    HISTORY("history", "Shows what was typed before"),
    CLEAR("clear", "Clears the screen"),
    EXIT("exit", "Leaves the shell, as Ctrl-D does");

    private final String word;
    private final String description;

    BuiltIn(String word, String description) {
        this.word = word;
        this.description = description;
    }

    String word() {
        return word;
    }

    String description() {
        return description;
    }

    boolean isCalled(String typed) {
        return typed.equals(word)
                || (this == EXIT && typed.equals("quit"))
                || (this == HELP && typed.equals("?"));
    }
}
