package dev.fencekv.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementTest {
    @Test
    void aLineIsAStatement() {
        assertThat(Statement.isUnfinished("put a 1")).isFalse();
        assertThat(Statement.of("put a 1").words()).containsExactly("put", "a", "1");
        assertThat(Statement.of("put a 1").block()).isEmpty();
    }

    @Test
    void anOpenQuoteOrABackslashAsksForMore() {
        assertThat(Statement.isUnfinished("put a 'one")).isTrue();
        assertThat(Statement.isUnfinished("put a 'one\ntwo'")).isFalse();
        assertThat(Statement.isUnfinished("put a \\")).isTrue();
    }

    @Test
    void aBlockGoesUpToItsEnd() {
        assertThat(Statement.isUnfinished("txn")).isTrue();
        assertThat(Statement.isUnfinished("txn\nput a 1")).isTrue();
        assertThat(Statement.isUnfinished("txn\nput a 'end\nend'")).isTrue();
        String whole = "txn -o json\nput a 'it''s'\n  end  ";
        assertThat(Statement.isUnfinished(whole)).isFalse();
        Statement block = Statement.of(whole);
        assertThat(block.words()).containsExactly("txn", "-o", "json");
        assertThat(block.block()).contains("put a 'it''s'\n");
    }

    @Test
    void aBlockMayBeEmptyOrCutShort() {
        assertThat(Statement.of("txn\nend").block()).contains("");
        assertThat(Statement.of("txn\nput a 1").block()).contains("put a 1\n");
        assertThat(Statement.of("txn").block()).contains("");
    }

    @Test
    void helpOfTheBlocksVerbIsALine() {
        assertThat(Statement.isUnfinished("txn --help")).isFalse();
    }
}
