package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class AllVerbsTest {
    private static CommandSpec specOf(String name) {
        return new CommandLine(AllVerbs.make(name)).getCommandSpec();
    }

    private static List<String> needed(String line) {
        return AllVerbs.neededFor(line.split(" "));
    }

    @Test
    void namesAndAliasesAreThoseThatTheVerbsSay() {
        List<String> aliases = new ArrayList<>();
        for (String name : AllVerbs.NAMES) {
            CommandSpec verb = specOf(name);
            assertThat(verb.name()).isEqualTo(name);
            for (String alias : verb.aliases()) {
                assertThat(specOf(alias).name()).as(alias).isEqualTo(name);
                aliases.add(alias);
            }
        }
        assertThat(aliases).containsExactlyInAnyOrderElementsOf(AllVerbs.ALIASES);
    }

    @Test
    void oneVerbIsMadeIfOneIsAskedFor() {
        assertThat(needed("get a")).containsExactly("get");
        assertThat(needed("get --help")).containsExactly("get");
        assertThat(needed("del a")).containsExactly("del");
        assertThat(needed("--endpoints h:1,h:2 -o json --timeout=2s get put"))
                .containsExactly("get");
        assertThat(needed("-ojson lock list")).containsExactly("lock");
        assertThat(needed("--output put get a")).containsExactly("get");
        assertThat(needed("lock -- put")).containsExactly("lock");
    }

    @Test
    void noneIsMadeForTheRelease() {
        assertThat(needed("--version")).isEmpty();
        assertThat(needed("-V")).isEmpty();
    }

    @Test
    void allAreMadeWhereOneDoesNotDo() {
        for (String line :
                List.of(
                        "",
                        "--help",
                        "--help get",
                        "-V get a",
                        "completion bash",
                        "nonsense",
                        "--nonsense get a",
                        "--endpoints",
                        "--outputs json get a",
                        "-- get a")) {
            assertThat(needed(line)).as(line).isEqualTo(AllVerbs.NAMES);
        }
        assertThat(AllVerbs.neededFor()).isEqualTo(AllVerbs.NAMES);
    }
}
