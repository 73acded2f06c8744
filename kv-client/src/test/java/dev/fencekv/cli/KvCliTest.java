package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.FakeNode;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KvCliTest extends CliFixture {
    @Test
    void aValueGoesInAndComesOut() {
        Ran put = kvcli("put", "a", "hello");
        assertThat(put.code()).isZero();
        assertThat(put.out()).startsWith("OK revision ");
        Ran get = kvcli("get", "a");
        assertThat(get.code()).isZero();
        assertThat(get.out()).isEqualTo("hello\n");
        assertThat(get.err()).isEmpty();
    }

    @Test
    void aValueMayComeFromStdinAndLeaveAsItsVeryBytes() {
        byte[] bytes = {0, 1, (byte) 0xff, '\n'};
        assertThat(kvcliReading(bytes, "put", "a", "-").code()).isZero();
        assertThat(kvcli("get", "a", "-o", "raw").bytes()).isEqualTo(bytes);
    }

    @Test
    void jsonIsOneObjectWithTokensAsStrings() {
        String token = store.grantToStranger("L").toString();
        assertThat(kvcli("put", "a", "he\"llo", "--fence", "L:" + token).code()).isZero();
        assertThat(kvcli("-o", "json", "get", "a").out())
                .startsWith("{\"key\":\"a\",\"value\":\"he\\\"llo\",\"create_revision\":")
                .contains("\"token\":\"" + token + "\"")
                .endsWith("}\n")
                .hasLineCount(1);
    }

    @Test
    void bytesThatAreNotTextAreBase64InJson() {
        kvcliReading(new byte[] {(byte) 0xff, 0}, "put", "a", "-");
        assertThat(kvcli("-o", "json", "get", "a").out())
                .contains("\"value\":\"/wA=\",\"encoding\":\"base64\"");
    }

    @Test
    void whatIsNotThereIsANegativeAnswer() {
        Ran get = kvcli("get", "nobody");
        assertThat(get.code()).isEqualTo(1);
        assertThat(get.out()).isEmpty();
        assertThat(get.err()).isEqualTo("kvcli: not found: nobody\n");
        assertThat(kvcli("delete", "nobody").code()).isEqualTo(1);
    }

    @Test
    void aTransactionIsReadFromArguments() {
        kvcli("put", "stock", "7");
        Ran sold =
                kvcli(
                        "txn",
                        "if value stock = 7",
                        "then put stock 6 prev",
                        "then put order \"to be sent\" ttl 30s",
                        "else get stock");
        assertThat(sold.err()).isEmpty();
        assertThat(sold.code()).isZero();
        assertThat(sold.out()).startsWith("then, revision 2\n").contains("ok, was 7");
        assertThat(kvcli("get", "order").out()).isEqualTo("to be sent\n");

        Ran late = kvcli("-o", "json", "txn", "if value stock = 7", "else get stock");
        assertThat(late.code()).isEqualTo(1);
        assertThat(late.out())
                .startsWith("{\"succeeded\":false,\"revision\":")
                .contains("\"results\":[{\"operation\":\"get\",\"key\":\"stock\",\"found\":true,")
                .contains("\"value\":\"6\"");
    }

    @Test
    void aTransactionThatIsNotUnderstoodIsNotSent() {
        Ran ran = kvcli("txn", "when absent a");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("not understood: when absent a: begins with 'when'");
        assertThat(kvcli("txn", "if value a = 1 2").err()).contains("'2' is too much");
        assertThat(kvcli("txn", "then put a").err()).contains("ends too early, want a value");
        assertThat(kvcli("txn", "then put a \"b").err()).contains("a quote does not end");
        assertThat(kvcli("txn", "then get a", "then delete a").err()).contains("name the key a");
    }

    @Test
    void aKeyMayEndByItself() {
        assertThat(kvcli("put", "otp", "4711", "--ttl", "30s").out()).isEqualTo("OK revision 1\n");
        assertThat(kvcli("ttl", "otp").out()).isEqualTo("30000 ms\n");
        assertThat(kvcli("expire", "otp", "2m").out()).isEqualTo("ok, revision 2\n");
        assertThat(kvcli("-o", "json", "ttl", "otp").out())
                .startsWith("{\"key\":\"otp\",\"remaining_ms\":120000,");
        assertThat(kvcli("expire", "otp", "never").code()).isZero();
        assertThat(kvcli("ttl", "otp").out()).isEqualTo("never\n");
        assertThat(kvcli("ttl", "nobody").code()).isEqualTo(1);
        assertThat(kvcli("expire", "nobody", "1s").code()).isEqualTo(1);
        assertThat(kvcli("expire", "otp", "soon").code()).isEqualTo(2);
    }

    @Test
    void whatWasThereIsShownIfAskedFor() {
        assertThat(kvcli("put", "a", "1", "--prev").out()).isEqualTo("OK revision 1\n");
        assertThat(kvcli("put", "a", "2", "--prev").out()).isEqualTo("OK revision 2, was 1\n");
        assertThat(kvcli("-o", "json", "del", "a", "--prev").out())
                .contains("\"previous\":{\"value\":\"2\",\"modify_revision\":2,");
    }

    @Test
    void keysAreRemovedByRange() {
        for (String key : List.of("a", "b/1", "b/2", "c", "d")) {
            kvcli("put", key, "1");
        }
        assertThat(kvcli("del", "--prefix", "b/").out()).isEqualTo("2 deleted\n");
        assertThat(kvcli("del", "--from", "b", "--to", "d").out()).isEqualTo("1 deleted\n");
        assertThat(kvcli("del", "--prefix", "b/").code()).isEqualTo(1);
        assertThat(kvcli("del").code()).isEqualTo(2);
        assertThat(kvcli("del", "a", "--prefix", "a").err()).contains("say what to remove");
        assertThat(kvcli("del", "--prefix", "a", "--prev").err()).contains("about one key");
    }

    @Test
    void aNumberIsCountedWith() {
        assertThat(kvcli("incr", "visits").out()).isEqualTo("1\n");
        assertThat(kvcli("incr", "visits", "41").out()).isEqualTo("42\n");
        assertThat(kvcli("-o", "json", "incr", "visits", "-50").out())
                .startsWith("{\"number\":-8,\"revision\":3,");
        assertThat(kvcli("get", "visits").out()).isEqualTo("-8\n");
        kvcli("put", "a", "hello");
        Ran incr = kvcli("incr", "a");
        assertThat(incr.code()).isEqualTo(1);
        assertThat(incr.err()).contains("condition failed: not a number");
    }

    @Test
    void keysAreListedByPrefixAndRange() {
        for (String key : new String[] {"a", "b1", "b2", "b3", "b4", "c"}) {
            kvcli("put", key, "of " + key);
        }
        assertThat(kvcli("list", "b").out())
                .isEqualTo(
                        "KEY  REVISION  VALUE\n"
                                + "b1   2         of b1\n"
                                + "b2   3         of b2\n"
                                + "b3   4         of b3\n"
                                + "b4   5         of b4\n");
        assertThat(kvcli("-o", "raw", "list", "--from", "b2", "--to", "b4", "--keys-only").out())
                .isEqualTo("b2\nb3\n");
        assertThat(kvcli("-o", "raw", "list", "b", "--reverse", "--keys-only").out())
                .isEqualTo("b4\nb3\nb2\nb1\n");
        Ran json = kvcli("-o", "json", "range", "--prefix", "b", "--limit", "1");
        assertThat(json.out())
                .startsWith("{\"key\":\"b1\",\"value\":\"of b1\",\"create_revision\":2,")
                .hasLineCount(1);
        assertThat(json.err()).isEmpty();
        assertThat(kvcli("list", "b", "--limit", "1").err())
                .isEqualTo("kvcli: there are more above b1\n");
        assertThat(kvcli("list", "--count-only").out()).isEqualTo("6\n");
        assertThat(kvcli("-o", "json", "list", "b", "--count-only").out())
                .isEqualTo("{\"count\":4}\n");
        assertThat(kvcli("list", "x").out()).isEqualTo("no keys\n");
        assertThat(kvcli("-o", "raw", "list", "x").out()).isEmpty();
    }

    @Test
    void whatIsListedMayBeOfAnEarlierRevision() {
        kvcli("put", "a", "1");
        assertThat(kvcli("list", "--at", "1").out()).contains("a    1         1");
        kvcli("put", "a", "2");
        Ran gone = kvcli("list", "--at", "1");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("COMPACTED").contains("begin anew");
        assertThat(kvcli("get", "a", "--at", "2").out()).isEqualTo("2\n");
        assertThat(kvcli("get", "a", "--at", "yesterday").code()).isEqualTo(2);
        assertThat(kvcli("get", "a", "--at", "0").code()).isEqualTo(2);
    }

    @Test
    void rangesThatAreNoneAreUsageErrors() {
        assertThat(kvcli("list", "a", "--from", "b").code()).isEqualTo(2);
        assertThat(kvcli("list", "a", "--prefix", "a").code()).isEqualTo(2);
        assertThat(kvcli("list", "a", "--limit", "0").code()).isEqualTo(2);
        assertThat(kvcli("list", "a", "--count-only", "--reverse").code()).isEqualTo(2);
        Ran reversed = kvcli("list", "--from", "b", "--to", "a");
        assertThat(reversed.code()).isEqualTo(2);
        assertThat(reversed.err()).contains("begins at its lower key");
    }

    @Test
    void severalKeysAreReadTogether() {
        kvcli("put", "a", "1");
        kvcli("put", "b", "2");
        Ran all = kvcli("get", "b", "x", "a");
        assertThat(all.code()).isEqualTo(1);
        assertThat(all.out())
                .isEqualTo("KEY  REVISION  VALUE\nb    2         2\na    1         1\n");
        assertThat(all.err()).isEqualTo("kvcli: not found: x\n");
        assertThat(kvcli("-o", "json", "get", "a", "b").out())
                .startsWith("{\"key\":\"a\",\"value\":\"1\"")
                .hasLineCount(2);
    }

    @Test
    void aValueGrowsAtItsEnd() {
        assertThat(kvcli("append", "log", "one;").out()).isEqualTo("4 bytes\n");
        assertThat(kvcli("append", "log", "two;").out()).isEqualTo("8 bytes\n");
        assertThat(kvcli("get", "log").out()).isEqualTo("one;two;\n");
        Ran late = kvcli("append", "log", "late;", "--fence", "L:1");
        assertThat(late.code()).isEqualTo(1);
        assertThat(late.err()).contains("FENCED");
    }

    @Test
    void aGateAdmitsTheNewestHolder() {
        store.grantToStranger("nightly");
        assertThat(kvcli("gate", "admit", "tape0", "nightly", "33").out()).isEqualTo("admitted\n");
        store.grantToStranger("nightly");
        assertThat(kvcli("gate", "admit", "tape0", "nightly", "34").code()).isZero();
        Ran late = kvcli("gate", "admit", "tape0", "nightly", "33");
        assertThat(late.code()).isEqualTo(1);
        assertThat(late.err()).contains("SUPERSEDED lock=nightly shown=33 live=34");
        assertThat(kvcli("gate", "admit", "tape0", "nightly", "late").code()).isEqualTo(2);
        assertThat(kvcli("gate", "admit", "tape0", "nightly", "0").code()).isEqualTo(2);
    }

    @Test
    void gatesAreListedAndRemoved() {
        assertThat(kvcli("gate", "list").out()).isEqualTo("no gates\n");
        String token = store.grantToStranger("nightly").toString();
        for (int i = 0; i < 3; i++) {
            kvcli("gate", "admit", "tape" + i, "nightly", token);
        }
        assertThat(kvcli("-o", "json", "gate", "list").out().lines())
                .hasSize(3)
                .element(2)
                .asString()
                .startsWith(
                        "{\"resource\":\"tape2\",\"lock\":\"nightly\",\"mark\":\"33\",\"revision\":");
        assertThat(kvcli("gate", "remove", "tape1").out()).startsWith("removed");
        Ran again = kvcli("gate", "remove", "tape1");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).contains("no gate before tape1");
    }

    @Test
    void membersAreListedAddedAndRemoved() {
        assertThat(kvcli("-o", "json", "member", "list").out())
                .contains("\"peer\":\"" + node.endpoint() + "\"")
                .contains("\"wanted\":\"voter\",\"actual\":\"voter\",\"leads\":true")
                .hasLineCount(1);
        Ran add = kvcli("member", "add", "10.0.0.4:7401", "--learner");
        assertThat(add.out()).isEqualTo("OK 10.0.0.4:7401 is a learner\n");
        assertThat(kvcli("member", "list").out()).contains("10.0.0.4:7401").hasLineCount(3);
        Ran remove = kvcli("member", "remove", "10.0.0.4:7401");
        assertThat(remove.out()).isEqualTo("OK 10.0.0.4:7401 is no member any more\n");
        assertThat(kvcli("member", "list").out()).doesNotContain("10.0.0.4:7401");
    }

    @Test
    void aMemberThatIsNoneCannotLeave() {
        Ran remove = kvcli("member", "remove", "10.0.0.9:7401");
        assertThat(remove.code()).isEqualTo(2);
        assertThat(remove.err()).contains("no member 10.0.0.9:7401");
    }

    @Test
    void theLeadIsLeftToAnotherNode() {
        try (FakeNode other = FakeNode.start(store)) {
            Ran transfer = kvcli("member", "transfer", other.endpoint());
            assertThat(transfer.out()).isEqualTo("OK " + node.endpoint() + " leads no more\n");
            assertThat(kvcli("member", "transfer", "--wait", "0s").out()).startsWith("begun");
        }
    }

    @Test
    void aFailedConditionIsANegativeAnswerThatSaysWhatIsThere() {
        kvcli("put", "a", "1");
        Ran put = kvcli("put", "a", "2", "--if-absent");
        assertThat(put.code()).isEqualTo(1);
        assertThat(put.err()).contains("modify revision 1").contains("Read the key again");
        assertThat(kvcli("put", "a", "2", "--if-revision", "1").code()).isZero();
        assertThat(kvcli("delete", "a", "--if-revision", "1").code()).isEqualTo(1);
        assertThat(kvcli("delete", "a").code()).isZero();
    }

    @Test
    void aStaleTokenIsANegativeAnswerWithTheEvidence() {
        String stale = store.grantToStranger("L").toString();
        store.grantToStranger("L");
        Ran put = kvcli("put", "a", "late", "--fence", "L:" + stale);
        assertThat(put.code()).isEqualTo(1);
        assertThat(put.err()).contains("FENCED SUPERSEDED lock=L shown=33 live=34");
        assertThat(store.value("a")).isEmpty();
        assertThat(kvcli("get", "a", "--fence", "L:" + stale).code()).isEqualTo(1);
        assertThat(kvcli("-o", "json", "rejections").out())
                .contains("\"reason\":\"SUPERSEDED\"")
                .contains("\"shown\":\"33\",\"live\":\"34\"");
    }

    @Test
    void aRefusedReleaseIsListedByItsLock() {
        FenceViolation violation =
                new FenceViolation(
                        FenceReason.RELEASED,
                        new LockName("L"),
                        new FencingToken(33),
                        FencingToken.NONE,
                        Optional.of(FenceReason.RELEASED),
                        7,
                        HybridTimestamp.ZERO,
                        SessionLabel.NONE);
        Rejection rejection =
                new Rejection(
                        9,
                        HybridTimestamp.ZERO,
                        new SessionId(1),
                        SessionLabel.NONE,
                        Optional.empty(),
                        violation,
                        true,
                        2);
        node.next(
                Opcode.LIST_REJECTIONS,
                ask -> ask.reply(Status.OK, new Reply.Rejections(List.of(rejection), false)));
        assertThat(kvcli("-o", "json", "rejections").out())
                .contains("\"key\":null,\"lock\":\"L\",\"shown\":\"33\"");
    }

    @Test
    void aWriteWhoseReplyIsLostAppliesOnce() {
        node.next(
                Opcode.PUT,
                ask -> {
                    ask.disconnect();
                    node.answer(ask);
                });
        assertThat(kvcli("put", "a", "1", "--if-absent").code()).isZero();
        assertThat(node.received(Opcode.PUT)).hasSize(2);
    }

    @Test
    void aRunLeavesNoSessionBehind() {
        kvcli("put", "a", "1");
        assertThat(store.liveSessions()).isZero();
    }

    @Test
    void nobodyThereIsUnavailable() {
        node.close();
        Ran get = kvcli("--timeout", "200ms", "get", "a");
        assertThat(get.code()).isEqualTo(3);
        assertThat(get.err())
                .contains(node.endpoint())
                .contains("Check --endpoints")
                .hasLineCount(1);
    }

    @Test
    void anUnknownOutcomeSaysSo() {
        node.always(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        Ran put = kvcli("--timeout", "200ms", "put", "a", "1");
        assertThat(put.code()).isEqualTo(3);
        assertThat(put.err()).contains("may or may not have applied");
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.class,
            names = {"UNAUTHENTICATED", "FORBIDDEN"})
    void missingRightsHaveTheirOwnExitCode(Status status) {
        node.always(Opcode.GET, ask -> ask.reply(status));
        assertThat(kvcli("get", "a").code()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "get",
                "put a",
                "put a 1 --if-absent --if-revision 2",
                "put a 1 --fence 33",
                "put a 1 --fence L:0",
                "get a -o yaml",
                "get a --timeout soon",
                "guard",
                "guard set acct/",
                "guard set acct/ --lock L --rule loose",
                "setting set quota-bytes many",
                "lock",
                "lock L",
                "lock L echo",
                "lock L --try --wait 1s -- echo",
                "rejections --after -1",
                "rejections --interval 1s",
                "rejections --count 3",
                "rejections --follow --interval 99ms",
                "rejections --follow --interval 61s",
                "rejections --follow --count 0",
                "explain",
                "explain 0",
                "explain first"
            })
    void wrongUsageIsTold(String words) {
        Ran ran = kvcli(words.isEmpty() ? new String[0] : words.split(" "));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).startsWith("kvcli: ").contains("--help'").hasLineCount(2);
        assertThat(ran.err()).doesNotContain("Exception");
    }

    @Test
    void aVerbThatDoesNotExistIsNamed() {
        assertThat(kvcli("nonsense").err())
                .startsWith("kvcli: there is no verb or option nonsense\n");
    }

    @Test
    void moreOnStdinThanAValueHoldsIsWrongUsage() {
        Ran put = kvcliReading(new byte[Limits.VALUE_BYTES_MAX + 1], "put", "a", "-");
        assertThat(put.code()).isEqualTo(2);
        assertThat(put.err()).contains("more than the 524288 bytes");
        assertThat(store.value("a")).isEmpty();
    }

    @Test
    void aWrongEndpointIsWrongUsage() {
        Ran ran = runAlone(new byte[0], List.of("--endpoints", "nowhere", "get", "a"));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("not an endpoint (want host:port): nowhere");
    }

    @Test
    void aValueThatBeginsWithAnAtSignIsAValue() {
        kvcli("put", "a", "@pom.xml");
        assertThat(store.value("a")).isEqualTo("@pom.xml");
    }

    @Test
    void guardsAreSetListedAndRemoved() {
        assertThat(
                        kvcli(
                                        "guard",
                                        "set",
                                        "acct/",
                                        "--lock",
                                        "L",
                                        "--mode",
                                        "observe",
                                        "--rule",
                                        "monotone",
                                        "--force")
                                .code())
                .isZero();
        assertThat(kvcli("guard", "list", "-o", "json").out())
                .startsWith(
                        "{\"prefix\":\"acct/\",\"lock\":\"L\",\"rule\":\"monotone\",\"mode\":\"observe\"");
        assertThat(kvcli("guard", "list").out()).startsWith("PREFIX  LOCK  RULE");
        assertThat(kvcli("guard", "remove", "acct/").code()).isZero();
        assertThat(kvcli("guard", "remove", "acct/").code()).isEqualTo(1);
        assertThat(kvcli("guard", "list").out()).isEqualTo("no guards\n");
    }

    @Test
    void whyAGuardIsNotArmedIsSaid() {
        node.always(Opcode.SET_GUARD, ask -> ask.reply(Status.CONDITION_FAILED));
        Ran set = kvcli("guard", "set", "acct/", "--lock", "L");
        assertThat(set.code()).isEqualTo(1);
        assertThat(set.err()).contains("nobody ever had lock L alone").contains("--force");
    }

    @Test
    void settingsAreListedAndChanged() {
        assertThat(kvcli("setting", "set", "quota-bytes", "77").code()).isZero();
        assertThat(kvcli("setting", "list", "-o", "raw").out())
                .isEqualTo("quota-bytes\t77\t1\t1000000\n");
        Ran unknown = kvcli("setting", "set", "nothing", "1");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("no setting nothing");
    }

    @Test
    void sessionsAreListed() {
        assertThat(kvcli("session", "list").out()).isEqualTo("no sessions\n");
    }

    @Test
    void statusAsksEveryMember() {
        FakeNode second = FakeNode.start(store);
        Ran both = kvcli("status", "-o", "json");
        assertThat(both.code()).isZero();
        assertThat(both.out().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("\"role\":\"leader\""))
                .anyMatch(line -> line.contains("\"role\":\"follower\""))
                .allMatch(line -> line.contains("\"digest\":\"feed@96\""));
        second.close();
        Ran one = kvcli("status", "--timeout", "500ms");
        assertThat(one.code()).isZero();
        assertThat(one.out()).contains("silent").contains(second.endpoint());
        node.close();
        assertThat(kvcli("status", "--timeout", "500ms").code()).isEqualTo(3);
    }

    @Test
    void healthShowsHowEachMemberSeesTheOthers() {
        FakeNode second = FakeNode.start(store);
        Ran ran = kvcli("health", "-o", "json");
        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines())
                .hasSize(4)
                .anyMatch(
                        line ->
                                line.contains("\"sees\":\"" + second.endpoint())
                                        && line.contains("\"phi\":0.500,\"rhythm_ms\":100.000"))
                .anyMatch(
                        line ->
                                line.contains("\"sees\":\"itself\",\"role\":\"leader\"")
                                        && line.contains("\"pauses\":2"));
        second.close();
        assertThat(kvcli("health", "--timeout", "500ms").out()).contains("silent");
    }

    @Test
    void clocksSayWhoseIsWrongAndThatIsANegativeAnswer() {
        assertThat(kvcli("clocks").code()).isZero();
        FakeNode second = FakeNode.start(store);
        Ran ran = kvcli("clocks", "-o", "json");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out().lines())
                .hasSize(4)
                .anyMatch(
                        line ->
                                line.contains("\"sees\":\"" + second.endpoint())
                                        && line.contains(
                                                "\"offset_ms\":-1.250,\"error_ms\":1.105,"
                                                        + "\"clock\":\"outside\""));
        second.close();
    }

    @Test
    void textOutsideAsciiSurvives() {
        kvcli("put", "ключ", "значение ✓");
        assertThat(new String(kvcli("get", "ключ").bytes(), StandardCharsets.UTF_8))
                .isEqualTo("значение ✓\n");
    }

    /** As in cron. Java reads the letters of arguments as question marks there. */
    @Test
    void aLocaleWithoutTheseLettersNeitherGarblesNorMixesUpKeys() throws Exception {
        Ran put = underLocaleC("put \"$(printf '\\320\\272')\" 1");
        assertThat(put.code()).isEqualTo(2);
        assertThat(put.err()).contains("set LC_ALL=C.UTF-8").hasLineCount(1);
        kvcli("put", "a", "значение");
        Ran get = underLocaleC("get a");
        assertThat(get.out()).isEqualTo("значение\n");
    }

    /** In a process of its own; a shell makes the arguments, whatever locale the tests run in. */
    private Ran underLocaleC(String arguments) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        "bash",
                        "-c",
                        "exec \"$@\" " + arguments,
                        "kvcli",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KvCli.class.getName(),
                        "--endpoints",
                        node.endpoint());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        byte[] out = process.getInputStream().readAllBytes();
        byte[] err = process.getErrorStream().readAllBytes();
        return new Ran(process.waitFor(), out, new String(err, StandardCharsets.UTF_8));
    }
}
