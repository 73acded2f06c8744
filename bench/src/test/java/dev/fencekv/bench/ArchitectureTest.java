package dev.fencekv.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Who may know whom. The microbenchmarks (src/jmh) look inside the server and are the exception;
 * they are compiled in a profile of their own and not part of this.
 */
@AnalyzeClasses(
        packages = "dev.fencekv.bench",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule theServerIsMeasuredFromOutside =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.fencekv.server..")
                    .because("what users get is measured, by what users have");

    @ArchTest
    static final ArchRule loadKnowsNoStore =
            knowsNot(
                    "dev.fencekv.bench.load..",
                    "dev.fencekv.client..",
                    "dev.fencekv.bench.cluster..",
                    "dev.fencekv.bench.report..",
                    "dev.fencekv.bench.compare..");

    @ArchTest
    static final ArchRule picturesKnowNothingOfWhatTheyShow =
            noClasses()
                    .that()
                    .resideInAPackage("dev.fencekv.bench.plot..")
                    .should()
                    .dependOnClassesThat()
                    .resideOutsideOfPackages(
                            "dev.fencekv.bench.plot..",
                            "java..",
                            "javax.imageio..",
                            "org.jspecify..")
                    .because("one drawing must serve all measurements");

    @ArchTest
    static final ArchRule picocliIsKnownToTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.fencekv.bench")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..")
                    .because("options are read in one place");

    private static ArchRule knowsNot(String who, String... whom) {
        return noClasses()
                .that()
                .resideInAPackage(who)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(whom)
                .because("every store is offered the same load by the same code");
    }
}
