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

    /** Called for each name that is read from a frame or the log: makes no garbage. */
    static String checkedName(String name, int bytesMin, int bytesMax, String what) {
        int bytes = 0;
        boolean isClean = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            isClean &= !Character.isISOControl(c);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (isPair(name, i)) {
                bytes += 4;
                i++;
            } else {
                isClean = false;
            }
        }
        if (!isClean) {
            throw new IllegalArgumentException(
                    what + " must be valid text without control characters");
        }
        if (bytes < bytesMin || bytes > bytesMax) {
            throw new IllegalArgumentException(
                    "%s must be %d to %d bytes of UTF-8 but has %d"
                            .formatted(what, bytesMin, bytesMax, bytes));
        }
        return name;
    }

    private static boolean isPair(String text, int index) {
        return index + 1 < text.length()
                && Character.isSurrogatePair(text.charAt(index), text.charAt(index + 1));
    }
}
