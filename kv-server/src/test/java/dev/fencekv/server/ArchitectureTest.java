package dev.fencekv.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** Who may know whom. A newcomer finds things by it, and the state machine stays a function. */
@AnalyzeClasses(
        packages = {"dev.fencekv.server", "dev.fencekv.junit"},
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.fencekv.server";
    private static final String SERVER = "dev.fencekv.server..";
    private static final String TESTS = "dev.fencekv.junit..";
    private static final String NET = "dev.fencekv.server.net..";
    private static final String REQUEST = "dev.fencekv.server.request..";
    private static final String REPLICATION = "dev.fencekv.server.replication..";
    private static final String JRAFT = "dev.fencekv.server.replication.jraft..";
    private static final String STATE = "dev.fencekv.server.state..";
    private static final String COMMAND = "dev.fencekv.server.command..";
    private static final String STORE = "dev.fencekv.server.store..";
    private static final String HEALTH = "dev.fencekv.server.health..";
    private static final String ADMIN = "dev.fencekv.server.admin..";
    private static final String RESP = "dev.fencekv.server.resp..";
    private static final String WIRE = "dev.fencekv.wire..";

    private static final Set<String> SALTED =
            Set.of("java.util.HashMap", "java.util.HashSet", "java.util.IdentityHashMap");

    @ArchTest
    static final ArchRule stateAndCommandKnowOnlyValues =
            classes()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                    STATE,
                                    COMMAND,
                                    "dev.fencekv.kv..",
                                    "dev.fencekv.clock..",
                                    "dev.fencekv.check..",
                                    "org.jspecify..",
                                    "java.lang..",
                                    "java.util",
                                    "java.util.function",
                                    "java.util.zip",
                                    "java.nio",
                                    "java.nio.charset",
                                    "java.io"))
                    .because("the same log must give the same bytes on every node");

    @ArchTest
    static final ArchRule commandDoesNotKnowState =
            noClasses()
                    .that()
                    .resideInAPackage(COMMAND)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(STATE)
                    .because("what is in the log must not change with what applies it");

    @ArchTest
    static final ArchRule stateReadsNoClockAndNoChance =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "identityHashCode", Object.class)
                    .orShould()
                    .callMethod(System.class, "getenv", String.class)
                    .orShould()
                    .callMethod(System.class, "getProperty", String.class)
                    .orShould()
                    .callMethod(Math.class, "random")
                    .orShould()
                    .dependOnClassesThat(
                            describe(
                                    "are clocks, chance or threads",
                                    type ->
                                            type.getName().startsWith("java.time.")
                                                    || Set.of(
                                                                    "java.util.Random",
                                                                    "java.util.SplittableRandom",
                                                                    "java.util.UUID",
                                                                    "java.util.Timer",
                                                                    "java.lang.Thread",
                                                                    "java.lang.ThreadLocal",
                                                                    "java.lang.Runtime",
                                                                    "dev.fencekv.clock.WallClock",
                                                                    "dev.fencekv.clock.MonotonicClock",
                                                                    "dev.fencekv.clock.SlewedClock",
                                                                    "dev.fencekv.clock.HybridClock")
                                                            .contains(type.getName())))
                    .because("whatever apply reads is in the entry or in the state");

    @ArchTest
    static final ArchRule stateTouchesNoDisk =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .dependOnClassesThat()
                    .haveNameMatching(
                            "java\\.io\\.(File|RandomAccess|Print|Console|Object).*|java\\.nio\\.(file|channels)\\..*")
                    .because("a snapshot is a stream; where it goes is its owner's business");

    @ArchTest
    static final ArchRule stateNeverIteratesOverWhatIsSalted =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .callMethodWhere(
                            describe(
                                    "iterate over a hash table",
                                    (JavaCall<?> call) ->
                                            SALTED.contains(call.getTargetOwner().getName())
                                                    && Set.of(
                                                                    "keySet",
                                                                    "values",
                                                                    "entrySet",
                                                                    "forEach",
                                                                    "iterator",
                                                                    "stream",
                                                                    "replaceAll",
                                                                    "removeIf")
                                                            .contains(call.getName())))
                    .orShould()
                    .callMethodWhere(
                            describe(
                                    "make a set or map whose order is salted",
                                    (JavaCall<?> call) ->
                                            Set.of("java.util.Map", "java.util.Set")
                                                            .contains(
                                                                    call.getTargetOwner().getName())
                                                    && Set.of("of", "ofEntries", "copyOf")
                                                            .contains(call.getName())))
                    .because("the order of hash tables differs from one JVM to the next");

    @ArchTest
    static final ArchRule stateDoesNotLogAndHidesNoThread =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.slf4j..", "java.util.concurrent..", "java.util.logging..")
                    .because("apply has one writer and no side effects");

    @ArchTest
    static final ArchRule openHftIsKnownToTheStore =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(STORE, "net.openhft..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("net.openhft..")
                    .because("the state machine's port must be all that a store is");

    @ArchTest
    static final ArchRule theEngineIsKnownToItsAdapter =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(JRAFT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("com.alipay.sofa..")
                    .because("another engine must be a matter of one package");

    @ArchTest
    static final ArchRule nettyIsKnownToTheEdges =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(NET, JRAFT, RESP)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.netty..")
                    .because("edges translate, the middle decides");

    @ArchTest
    static final ArchRule picocliIsKnownToTheCommandLine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("picocli..")
                    .because("options are read where the process starts, and nowhere else");

    @ArchTest
    static final ArchRule theServerRunsWithoutJUnit =
            noClasses()
                    .that()
                    .resideInAPackage(SERVER)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(TESTS, "org.junit..")
                    .because("what helps tests is not on the class path of a server");

    @ArchTest
    static final ArchRule junitIsKnownToItsExtension =
            noClasses()
                    .that()
                    .resideInAPackage(TESTS)
                    .and()
                    .doNotHaveSimpleName("FenceKvExtension")
                    .and()
                    .doNotHaveSimpleName("FenceKvCluster")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.junit..")
                    .because("a test cluster serves other test frameworks, too");

    @ArchTest
    static final ArchRule theWireNeverMeetsTheLog =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND, REPLICATION, STORE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(WIRE, "dev.fencekv.client..", "dev.fencekv.cli..")
                    .because("a log written today must be readable after the protocol has changed");

    @ArchTest
    static final ArchRule nobodyCallsBackUp =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, STORE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(REPLICATION, REQUEST, NET, ADMIN, HEALTH, ROOT)
                    .because("data flows one way: frame, request, command, log, apply, outcome");

    @ArchTest
    static final ArchRule stateDoesNotKnowItsStores =
            noClasses()
                    .that()
                    .resideInAnyPackage(STATE, COMMAND)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(STORE)
                    .because("stores are chosen where the node is wired together");

    @ArchTest
    static final ArchRule theLogOnDiskKnowsOnlyBytes =
            classes()
                    .that()
                    .resideInAPackage("dev.fencekv.server.replication.log..")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                            "dev.fencekv.server.replication.log..",
                                            "dev.fencekv.server.faults..",
                                            "dev.fencekv.check..",
                                            "org.jspecify..",
                                            "org.slf4j..",
                                            "java..")
                                    .or(
                                            describe(
                                                    "is who is told of a failure",
                                                    type ->
                                                            type.getSimpleName()
                                                                    .equals("FatalListener"))))
                    .because("it must be testable without an engine, and outlive it");

    @ArchTest
    static final ArchRule replicationDoesNotKnowWhoAsks =
            noClasses()
                    .that()
                    .resideInAPackage(REPLICATION)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(REQUEST, NET, ADMIN, ROOT)
                    .allowEmptyShould(true)
                    .because("whatever appends to the log uses the port from above");

    @ArchTest
    static final ArchRule requestsDoNotKnowSocketsNorTheEngine =
            noClasses()
                    .that()
                    .resideInAPackage(REQUEST)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(NET, JRAFT, STORE, ADMIN, ROOT)
                    .because("what a request means does not depend on how it came");

    @ArchTest
    static final ArchRule socketsDecideNothing =
            noClasses()
                    .that()
                    .resideInAPackage(NET)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(REPLICATION, STATE, COMMAND, STORE, ADMIN, ROOT)
                    .allowEmptyShould(true)
                    .because("a handler decodes, calls one method, encodes");

    @ArchTest
    static final ArchRule theSecondFrontDoorIsAClientLikeAnyOther =
            classes()
                    .that()
                    .resideInAPackage(RESP)
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                    RESP,
                                    "dev.fencekv.client..",
                                    "dev.fencekv.kv..",
                                    "dev.fencekv.clock..",
                                    "dev.fencekv.io..",
                                    "dev.fencekv.check..",
                                    "io.netty..",
                                    "org.jspecify..",
                                    "org.slf4j..",
                                    "java.."))
                    .because("it can promise only what the client promises");
}
