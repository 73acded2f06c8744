package dev.fencekv.bench.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
    private final JsonObject object =
            new JsonObject()
                    .put("text", "quote \" back\\slash\nnext <b> \u0001 µs")
                    .put("whole", 1234567890123L)
                    .put("fraction", 0.1)
                    .put("round", 3.0)
                    .put("yes", true)
                    .put("numbers", List.of(1, 2.5))
                    .put("empty", new JsonObject())
                    .put("rows", List.of(new JsonObject().put("a", 1), new JsonObject()));

    @Test
    void whatIsWrittenIsRead() {
        for (String text : List.of(Json.write(object), Json.pretty(object))) {
            JsonObject read = Json.read(text);
            assertThat(Json.write(read)).isEqualTo(Json.write(object));
            assertThat(read.text("text")).isEqualTo(object.text("text"));
            assertThat(read.whole("whole")).isEqualTo(1234567890123L);
            assertThat(read.number("fraction")).isEqualTo(0.1);
            assertThat(read.numbers("numbers")).containsExactly(1.0, 2.5);
            assertThat(read.objects("rows")).hasSize(2);
            assertThat(read.yes("yes")).isTrue();
        }
    }

    @Test
    void linesAreLines() {
        assertThat(Json.write(object)).doesNotContain("\n");
        assertThat(Json.pretty(new JsonObject().put("a", 1).put("b", List.of(1, 2))))
                .isEqualTo("{\n  \"a\": 1,\n  \"b\": [1,2]\n}\n");
    }

    @Test
    void whatIsNoJsonSaysWhere() {
        for (String bad :
                List.of("", "{", "{\"a\"}", "[1]", "{\"a\":1}}", "{\"a\":tru}", "{\"a\":1.2.3}")) {
            assertThatThrownBy(() -> Json.read(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Json.read("{\"a\":".repeat(1000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too deep");
    }

    @Test
    void aMissingMemberIsNamed() {
        assertThatThrownBy(() -> object.text("missing")).hasMessageContaining("\"missing\"");
    }
}
