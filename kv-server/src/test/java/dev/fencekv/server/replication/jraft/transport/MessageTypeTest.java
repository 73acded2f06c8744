package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MessageTypeTest {
    @Test
    void numbersOfMessagesNeverChange() {
        StringBuilder table = new StringBuilder();
        for (MessageType type : MessageType.values()) {
            table.append(type.number())
                    .append(' ')
                    .append(type)
                    .append(' ')
                    .append(type.purpose())
                    .append('\n');
        }
        assertThat(table.toString())
                .isEqualTo(
                        """
                        1 ERROR_RESPONSE LOG
                        2 PING_REQUEST LOG
                        10 REQUEST_VOTE_REQUEST LOG
                        11 REQUEST_VOTE_RESPONSE LOG
                        12 APPEND_ENTRIES_REQUEST LOG
                        13 APPEND_ENTRIES_RESPONSE LOG
                        14 TIMEOUT_NOW_REQUEST LOG
                        15 TIMEOUT_NOW_RESPONSE LOG
                        16 READ_INDEX_REQUEST LOG
                        17 READ_INDEX_RESPONSE LOG
                        30 INSTALL_SNAPSHOT_REQUEST BULK
                        31 INSTALL_SNAPSHOT_RESPONSE BULK
                        32 GET_FILE_REQUEST BULK
                        33 GET_FILE_RESPONSE BULK
                        """);
    }
}
