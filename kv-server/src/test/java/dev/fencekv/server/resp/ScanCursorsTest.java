package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.Key;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScanCursorsTest {
    private final ScanCursors cursors = new ScanCursors(2, new SplittableRandom(1));

    @Test
    void theLastOnesUsedAreKnown() {
        long first = cursors.after(Key.of("a"));
        long second = cursors.after(Key.of("b"));
        assertThat(cursors.key(first)).isEqualTo(Key.of("a"));
        long third = cursors.after(Key.of("c"));
        assertThat(cursors.key(first)).isEqualTo(Key.of("a"));
        assertThat(cursors.key(third)).isEqualTo(Key.of("c"));
        assertThatThrownBy(() -> cursors.key(second)).hasMessageContaining("begin again with 0");
    }

    @Test
    void cursorsOfAnotherNodeAreNotTakenForOurs() {
        long foreign = new ScanCursors(2, new SplittableRandom(2)).after(Key.of("a"));
        cursors.after(Key.of("b"));
        assertThatThrownBy(() -> cursors.key(foreign)).isInstanceOf(RefusedException.class);
    }
}
