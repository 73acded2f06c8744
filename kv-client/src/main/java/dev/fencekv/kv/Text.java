package dev.fencekv.kv;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How bytes are shown to people, and what text may stand in a name. */
final class Text {
    private Text() {}

    static String readable(byte[] bytes) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.chars().noneMatch(Character::isISOControl)) {
                return text;
            }
        } catch (CharacterCodingException e) {
            // Not text: shown as hex below.
        }
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    static String checkedName(String name, int bytesMin, int bytesMax, String what) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length < bytesMin || length > bytesMax) {
            throw new IllegalArgumentException(
                    "%s must be %d to %d bytes of UTF-8 but has %d"
                            .formatted(what, bytesMin, bytesMax, length));
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    what + " must be valid text without control characters");
        }
        return name;
    }
}
