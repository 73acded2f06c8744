package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void whatJsonForbidsInStringsIsEscaped() {
        assertThat(Json.string("a\"b\\c\n\r\t\u0001\u007f"))
                .isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\"");
        assertThat(Json.string("ключ")).isEqualTo("\"ключ\"");
        assertThat(Json.string("\ud83d\ude00")).isEqualTo("\"\\ud83d\\ude00\"");
    }

    @Test
    void membersKeepTheirOrder() {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("z", "1");
        members.put("a", "null");
        assertThat(Json.object(members)).isEqualTo("{\"z\":1,\"a\":null}");
        assertThat(Json.object(Map.of())).isEqualTo("{}");
    }
}
