package dev.fencekv.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.ResourceName;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two holders of one lock, tokens 33 and 34, and a database that both write. */
class SqlFenceTest {
    private static final FencingToken STALE = new FencingToken(33);
    private static final FencingToken LIVE = new FencingToken(34);
    private static final ResourceName ACCOUNTS = new ResourceName("accounts");

    private final String url =
            "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000";
    private final SqlFence fence = new SqlFence("fence_marks");
    private Connection keepsItOpen;

    @BeforeEach
    void makeTables() throws SQLException {
        keepsItOpen = DriverManager.getConnection(url);
        try (Statement statement = keepsItOpen.createStatement()) {
            statement.execute(
                    "CREATE TABLE account (id INT PRIMARY KEY, balance INT, fence_token BIGINT)");
            statement.execute("INSERT INTO account VALUES (7, 100, 0), (8, 100, 0)");
        }
        fence.createTable(keepsItOpen);
    }

    @AfterEach
    void close() throws SQLException {
        try (Statement statement = keepsItOpen.createStatement()) {
            statement.execute("SHUTDOWN");
        }
    }

    private Connection transaction() throws SQLException {
        Connection connection = DriverManager.getConnection(url);
        connection.setAutoCommit(false);
        return connection;
    }

    /** The recipe for one row: the comparison stands in the statement that writes. */
    private static void setBalance(Connection connection, int balance, FencingToken token)
            throws SQLException, StaleTokenException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE account SET balance = ?, fence_token = ?"
                                + " WHERE id = 7 AND fence_token <= ?")) {
            update.setInt(1, balance);
            update.setLong(2, token.value());
            update.setLong(3, token.value());
            SqlFence.requireOne(update.executeUpdate(), ACCOUNTS, token);
        }
    }

    private static void transfer(Connection connection, int amount) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE account SET balance = balance - " + amount + " WHERE id = 7");
            statement.executeUpdate(
                    "UPDATE account SET balance = balance + " + amount + " WHERE id = 8");
        }
    }

    private int balance(int id) throws SQLException {
        try (Statement statement = keepsItOpen.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT balance FROM account WHERE id = " + id)) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aRowThatANewerTokenHasWrittenIsNotOverwrittenByAnOlderOne() throws Exception {
        setBalance(keepsItOpen, 90, STALE);
        setBalance(keepsItOpen, 80, STALE);
        setBalance(keepsItOpen, 70, LIVE);

        assertThatThrownBy(() -> setBalance(keepsItOpen, 0, STALE))
                .isInstanceOf(StaleTokenException.class)
                .hasMessageContaining("token 33 is stale for accounts");
        assertThat(balance(7)).isEqualTo(70);
    }

    @Test
    void aTransactionOfAnOlderTokenIsRefusedAsAWhole() throws Exception {
        try (Connection connection = transaction()) {
            fence.enter(connection, ACCOUNTS, LIVE);
            transfer(connection, 10);
            connection.commit();
        }
        try (Connection connection = transaction()) {
            assertThatThrownBy(() -> fence.enter(connection, ACCOUNTS, STALE))
                    .isInstanceOfSatisfying(
                            StaleTokenException.class,
                            stale -> assertThat(stale.mark()).isEqualTo(LIVE));
            connection.rollback();
        }
        assertThat(balance(7)).isEqualTo(90);
        assertThat(balance(8)).isEqualTo(110);
    }

    @Test
    void theSameTokenEntersAgainAndAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (Connection connection = transaction()) {
                fence.enter(connection, ACCOUNTS, LIVE);
                transfer(connection, 10);
                connection.commit();
            }
        }
        assertThat(balance(7)).isEqualTo(70);
    }

    @Test
    void aTransactionThatWasRolledBackHasNotRaisedTheMark() throws Exception {
        try (Connection connection = transaction()) {
            fence.enter(connection, ACCOUNTS, LIVE);
            connection.rollback();
        }
        try (Connection connection = transaction()) {
            fence.enter(connection, ACCOUNTS, STALE);
            connection.commit();
        }
    }

    /**
     * The old holder is in the middle of its transaction: the new one waits, and then has the word.
     */
    @Test
    void aNewerTokenWaitsForTheTransactionOfAnOlderOne() throws Exception {
        CountDownLatch begins = new CountDownLatch(1);
        try (Connection old = transaction()) {
            fence.enter(old, ACCOUNTS, STALE);
            CompletableFuture<Void> newer =
                    CompletableFuture.runAsync(
                            () -> {
                                try (Connection connection = transaction()) {
                                    begins.countDown();
                                    fence.enter(connection, ACCOUNTS, LIVE);
                                    transfer(connection, balance(7));
                                    connection.commit();
                                } catch (SQLException | StaleTokenException e) {
                                    throw new AssertionError(e);
                                }
                            });
            assertThat(begins.await(20, TimeUnit.SECONDS)).isTrue();
            transfer(old, 10);
            old.commit();
            newer.get(20, TimeUnit.SECONDS);
        }
        assertThat(balance(7)).as("it saw what the old one did").isZero();
        assertThat(balance(8)).isEqualTo(200);
    }

    /** A snapshot from before the new holder came must not hide its mark. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                Connection.TRANSACTION_READ_COMMITTED,
                Connection.TRANSACTION_REPEATABLE_READ,
                Connection.TRANSACTION_SERIALIZABLE
            })
    void anOldSnapshotDoesNotLetAStaleHolderIn(int isolation) throws Exception {
        try (Connection connection = transaction()) {
            fence.enter(connection, ACCOUNTS, STALE);
            connection.commit();
        }
        try (Connection old = transaction();
                Statement statement = old.createStatement()) {
            old.setTransactionIsolation(isolation);
            statement.executeQuery("SELECT * FROM fence_marks").close();
            try (Connection connection = transaction()) {
                fence.enter(connection, ACCOUNTS, LIVE);
                transfer(connection, 10);
                connection.commit();
            }
            assertThatThrownBy(() -> fence.enter(old, ACCOUNTS, STALE))
                    .as("stale, or a conflict of the database's own")
                    .isInstanceOfAny(StaleTokenException.class, SQLException.class);
            old.rollback();
        }
        assertThat(balance(7)).isEqualTo(90);
    }

    @Test
    void withoutATransactionTheFenceWouldNotLast() {
        assertThatThrownBy(() -> fence.enter(keepsItOpen, ACCOUNTS, LIVE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("auto-commit");
    }

    @Test
    void onlyThePlainNameOfATableIsTaken() {
        assertThatThrownBy(() -> new SqlFence("marks; DROP TABLE account"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
