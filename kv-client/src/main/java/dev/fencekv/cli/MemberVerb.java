package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.UnavailableException;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli member}. */
@Command(
        name = "member",
        description = "The nodes of the cluster: adds, removes and changes them while it runs.",
        synopsisSubcommandLabel = "(list | add | remove | transfer)",
        subcommands = {
            MemberVerb.ListAll.class,
            MemberVerb.Add.class,
            MemberVerb.Remove.class,
            MemberVerb.Transfer.class
        },
        footer = {"", "Example:", "  kvcli member list"})
final class MemberVerb extends VerbGroup {
    @Command(
            name = "list",
            description = {
                "Lists all members as the leader sees them.",
                "",
                "wanted is what a node was told to be, actual what it is: a voter, a learner that"
                        + " receives the log without a vote, or none. behind: entries of the log"
                        + " that it has yet to apply."
            },
            footer = {"", "Example:", "  kvcli member list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            List<Row> rows = client.listMembers().stream().map(ListAll::row).toList();
            output().rows(rows, "no members");
            return ExitCode.OK;
        }

        private static Row row(MemberInfo member) {
            Row row =
                    new Row()
                            .text("node", String.format(Locale.ROOT, "%016x", member.nodeId()))
                            .text("peer", member.peerAddress())
                            .text("client", member.clientAddress())
                            .text("wanted", words(member.wanted()))
                            .text("actual", words(member.actual()))
                            .flag("leads", member.leads());
            return member.behindEntries() == MemberInfo.NOT_KNOWN
                    ? row.none("behind")
                    : row.number("behind", member.behindEntries());
        }

        private static String words(MemberRole role) {
            return role.name().toLowerCase(Locale.ROOT);
        }
    }

    /** A verb that says what shall be and then waits until it is so. */
    abstract static class Change extends Verb {
        private static final long LOOK_EVERY_MS = 200;

        @Option(
                names = "--wait",
                paramLabel = "DURATION",
                defaultValue = "60s",
                description =
                        "How long to wait until it is done; it goes on without us. 0s: not at all."
                                + " Default: 60s.")
        private Duration wait = Duration.ofMinutes(1);

        /** Whether the members came to be as {@code wanted} says, in time. */
        final ExitCode await(KvClient client, Predicate<List<MemberInfo>> wanted, String done)
                throws InterruptedException {
            long deadline = System.nanoTime() + wait.toNanos();
            if (wait.isZero()) {
                output().result(new Row().text("state", "begun"), "begun: see kvcli member list");
                return ExitCode.OK;
            }
            while (!isSo(client, wanted)) {
                if (System.nanoTime() - deadline >= 0) {
                    kvcli().complain(
                                    "not done after "
                                            + wait.toSeconds()
                                            + " s, and going on: see kvcli member list");
                    return ExitCode.UNAVAILABLE;
                }
                Thread.sleep(LOOK_EVERY_MS);
            }
            output().result(new Row().text("state", "done"), done);
            return ExitCode.OK;
        }

        private static boolean isSo(KvClient client, Predicate<List<MemberInfo>> wanted) {
            try {
                return wanted.test(client.listMembers());
            } catch (UnavailableException e) {
                // Leaders may change while members do.
                return false;
            }
        }
    }

    private static Optional<MemberInfo> find(List<MemberInfo> members, String node) {
        return members.stream()
                .filter(
                        member ->
                                member.peerAddress().equals(node)
                                        || member.clientAddress().equals(node))
                .findFirst();
    }

    @Command(
            name = "add",
            description = {
                "Lets a new node join, or makes a learner a voter.",
                "",
                "A new node was started with an empty directory, without --bootstrap, and with"
                        + " --peers that name members and itself. It first receives the log as a"
                        + " learner, then becomes a voter. It has --timeout to ask to join."
            },
            footer = {
                "",
                "Examples:",
                "  kvcli member add 10.0.0.4:7401",
                "  kvcli member add 10.0.0.5:7401 --learner"
            })
    static final class Add extends Change {
        @Parameters(
                index = "0",
                paramLabel = "PEER_ADDRESS",
                description = "Where the other nodes reach it: its --peer-address.")
        private String node = "";

        @Option(names = "--learner", description = "Without a vote: no write waits for it.")
        private boolean learner;

        @Override
        ExitCode run(KvClient client) throws InterruptedException {
            MemberRole role = learner ? MemberRole.LEARNER : MemberRole.VOTER;
            client.placeMember(node, role);
            return await(
                    client,
                    members ->
                            find(members, node)
                                    .filter(it -> it.wanted() == role && it.isSettled())
                                    .isPresent(),
                    "OK " + node + " is a " + role.name().toLowerCase(Locale.ROOT));
        }
    }

    @Command(
            name = "remove",
            description = {
                "Lets a member leave for good.",
                "",
                "Its process stops by itself once the others refuse it. It may come back as a new"
                        + " node only, with an empty directory. Refused while the voters that would"
                        + " remain could not elect a leader."
            },
            footer = {"", "Example:", "  kvcli member remove 10.0.0.3:7401"})
    static final class Remove extends Change {
        @Parameters(
                index = "0",
                paramLabel = "ADDRESS",
                description = "Where nodes or clients reach it.")
        private String node = "";

        @Override
        ExitCode run(KvClient client) throws InterruptedException {
            client.placeMember(node, MemberRole.NONE);
            return await(
                    client,
                    members -> find(members, node).isEmpty(),
                    "OK " + node + " is no member any more");
        }
    }

    @Command(
            name = "transfer",
            description = "Asks the leader to leave the lead to another voter.",
            footer = {
                "",
                "Examples:",
                "  kvcli member transfer",
                "  kvcli member transfer 10.0.0.2:7401"
            })
    static final class Transfer extends Change {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "ADDRESS",
                description = "To whom; without, to the one that has most of the log.")
        private String node = "";

        @Override
        ExitCode run(KvClient client) throws InterruptedException {
            String before = leader(client.listMembers());
            client.transferLeadership(node);
            return await(
                    client,
                    members ->
                            node.isEmpty()
                                    ? !leader(members).equals(before)
                                    : find(members, node).filter(MemberInfo::leads).isPresent(),
                    "OK " + before + " leads no more");
        }

        private static String leader(List<MemberInfo> members) {
            return members.stream()
                    .filter(MemberInfo::leads)
                    .map(MemberInfo::peerAddress)
                    .findFirst()
                    .orElse("");
        }
    }
}
