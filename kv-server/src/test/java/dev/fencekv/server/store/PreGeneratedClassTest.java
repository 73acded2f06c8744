package dev.fencekv.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import net.openhft.chronicle.values.ValueModel;
import org.junit.jupiter.api.Test;

/** Rule 4 of DESIGN section 9: what we checked in is what the library would compile at start. */
class PreGeneratedClassTest {
    private static final String CLASS = "VanillaGlobalMutableState$$Native";

    private static final Path CHECKED_IN =
            Path.of("src", "main", "java", "net", "openhft", "chronicle", "hash", CLASS + ".java");

    /** The generator knows no generics, and we compile without warnings. */
    private static final String SUPPRESSION = "@SuppressWarnings({\"rawtypes\", \"unchecked\"})\n";

    @Test
    void theLibraryWouldStillGenerateTheClassThatIsCheckedIn() throws Exception {
        String checkedIn = Files.readString(CHECKED_IN);
        int body = checkedIn.indexOf("package ");
        String expected =
                checkedIn.substring(0, body)
                        + generate().replaceFirst("(?m)^public class ", SUPPRESSION + "$0");
        if (Boolean.getBoolean("pregenerated.rewrite")) {
            Files.writeString(CHECKED_IN, expected);
        }

        assertThat(checkedIn).isEqualTo(expected);
    }

    private static String generate() throws ReflectiveOperationException {
        Method generator =
                Class.forName("net.openhft.chronicle.values.Generators")
                        .getDeclaredMethod("generateNativeClass", ValueModel.class, String.class);
        generator.setAccessible(true);
        ValueModel model = ValueModel.acquire(VanillaGlobalMutableState.class);
        return (String) generator.invoke(null, model, CLASS);
    }
}
