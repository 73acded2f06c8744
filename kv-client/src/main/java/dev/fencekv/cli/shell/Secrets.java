package dev.fencekv.cli.shell;

import java.util.regex.Pattern;

/**
 * Which lines may hold a secret, and so are never kept in the history, neither on disk nor for the
 * arrow keys. Judged by words alone, whether or not the line makes sense: a mistyped verb must not
 * give a password away. Stateless.
 *
 * <p>A line may hold a secret if
 *
 * <ul>
 *   <li>it begins with a blank: that is how its author says so, as in other shells
 *   <li>it contains, in any case and also inside a word, one of: password, passwd, passphrase,
 *       secret, credential, nonce, private key, API key, access key, bearer, authorization
 *   <li>it contains the word token, also inside a word, elsewhere than in {@code --token}
 * </ul>
 *
 * <p>A fencing token is none: it is an order, not a right. {@code --token 33} and {@code --fence
 * billing:33} are kept. What is read from the keyboard as a value ({@code put KEY -}) never comes
 * into the history.
 */
final class Secrets {
    private static final Pattern SECRET =
            Pattern.compile(
                    "passw(or)?d|passphrase|secret|credential|nonce|private.?key|api.?key|access.?key"
                            + "|bearer|authorization|(?<!(^|\\s)--)token",
                    Pattern.CASE_INSENSITIVE);

    private Secrets() {}

    static boolean mayBeIn(String line) {
        return line.startsWith(" ") || line.startsWith("\t") || SECRET.matcher(line).find();
    }
}
