package dev.fencekv;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** cli, client, wire, kv, clock, check: each knows those to its right and nobody else. */
@AnalyzeClasses(packages = "dev.fencekv", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String CLI = "dev.fencekv.cli..";
    private static final String CLIENT = "dev.fencekv.client..";
    private static final String FENCE = "dev.fencekv.fence..";
    private static final String IO = "dev.fencekv.io..";
    private static final String WIRE = "dev.fencekv.wire..";
    private static final String KV = "dev.fencekv.kv..";
    private static final String CLOCK = "dev.fencekv.clock..";
    private static final String CHECK = "dev.fencekv.check..";

    @ArchTest
    static final ArchRule checkKnowsNobody =
            knowsNot(CHECK, IO, CLOCK, KV, FENCE, WIRE, CLIENT, CLI);

    @ArchTest static final ArchRule clockKnowsCheck = knowsNot(CLOCK, IO, KV, WIRE, CLIENT, CLI);

    @ArchTest static final ArchRule kvKnowsClockAndCheck = knowsNot(KV, IO, WIRE, CLIENT, CLI);

    @ArchTest static final ArchRule ioKnowsCheck = knowsNot(IO, CLOCK, KV, WIRE, CLIENT, CLI);

    @ArchTest
    static final ArchRule fenceKnowsValues = knowsNot(FENCE, IO, CLOCK, WIRE, CLIENT, CLI);

    @ArchTest static final ArchRule wireKnowsValues = knowsNot(WIRE, IO, CLIENT, CLI);

    @ArchTest static final ArchRule clientDoesNotKnowItsCommandLine = knowsNot(CLIENT, CLI);

    private static ArchRule knowsNot(String who, String... whom) {
        return noClasses()
                .that()
                .resideInAPackage(who)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(whom)
                .allowEmptyShould(true)
                .because("data flows one way, and a user links only what he uses");
    }

    @ArchTest
    static final ArchRule picocliIsKnownToTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(CLI)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("picocli..", "org.jline..")
                    .because("a program that links the client does not get them");

    /** Has a peer of its own in one class, so that an archive of what a run loads can be made. */
    private static final String START_UP_REHEARSAL = "Rehearsal";

    @ArchTest
    static final ArchRule nettyIsKnownToIoWireAndClient =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(IO, WIRE, CLIENT)
                    .and()
                    .doNotHaveSimpleName(START_UP_REHEARSAL)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.netty..")
                    .because("values must not know how they travel");

    @ArchTest
    static final ArchRule valuesAndClocksHaveNoThreads =
            noClasses()
                    .that()
                    .resideInAnyPackage(KV, CLOCK, CHECK)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.util.concurrent..", "org.slf4j..")
                    .because("the replicated state machine is built from them");

    @ArchTest
    static final ArchRule onlyTheClocksReadTheClock =
            noClasses()
                    .that()
                    .resideInAnyPackage(KV, CHECK, WIRE)
                    .should()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .because("time is an argument");

    @ArchTest
    static final ArchRule theClientKnowsNoServer =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.fencekv.server..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.fencekv.server..")
                    .because("the client is what others link against");
}
