package dev.fencekv.fence;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.ResourceName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.regex.Pattern;

/**
 * Fencing in an SQL database, by one of two recipes.
 *
 * <p><b>The row carries the token</b>, if one statement writes one row. No table of ours is needed:
 *
 * <pre>{@code
 * int rows = update("UPDATE account SET balance = ?, fence_token = ? WHERE id = ? AND fence_token <= ?");
 * SqlFence.requireOne(rows, resource, token);
 * }</pre>
 *
 * The comparison must stand in the statement that writes: one that was read before is out of date.
 *
 * <p><b>The transaction begins by {@link #enter}</b>, if it writes more than one row. That raises
 * the resource's mark in a table of its own, and keeps the row locked until the transaction ends: a
 * newer holder waits for it, an older one is refused. Commit or roll back as ever.
 *
 * <p>What it cannot protect: writes of the same rows that do neither.
 *
 * <p>Immutable; safe from any thread. Connections are used as they are: auto-commit must be off for
 * {@link #enter}, and any isolation level will do, since a mark is compared where it is written; at
 * REPEATABLE READ and above a database may report a conflict instead of a stale token.
 */
public final class SqlFence {
    private static final Pattern IDENTIFIER =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?");

    /** SQLSTATE class 23: an integrity constraint is violated. */
    private static final String CONSTRAINT_VIOLATED = "23";

    private final String table;

    /**
     * @param table of the marks, perhaps with its schema; plain identifiers
     */
    public SqlFence(String table) {
        Check.argument(
                IDENTIFIER.matcher(table).matches(), "not the plain name of a table: " + table);
        this.table = table;
    }

    /** Makes the table of the marks if there is none. */
    public void createTable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS "
                            + table
                            + " (resource VARCHAR("
                            + Limits.RESOURCE_NAME_BYTES_MAX
                            + ") PRIMARY KEY, fence_token BIGINT NOT NULL)");
        }
    }

    /**
     * The first statement of a transaction that changes the resource. It may wait for another
     * transaction that has entered.
     *
     * @throws StaleTokenException a higher token has entered; roll back
     * @throws IllegalStateException the connection commits each statement by itself
     */
    public void enter(Connection connection, ResourceName resource, FencingToken token)
            throws SQLException, StaleTokenException {
        Check.argument(!token.isNone(), "a token above 0");
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "turn auto-commit off: the fence is one with the writes");
        }
        if (raise(connection, resource, token) || insert(connection, resource, token)) {
            return;
        }
        // Somebody has inserted it meanwhile, or it was there with a higher mark.
        if (!raise(connection, resource, token)) {
            throw new StaleTokenException(resource, token, mark(connection, resource));
        }
    }

    /**
     * For a statement that compares the token itself.
     *
     * @param rows how many it has changed
     * @throws StaleTokenException none; the mark is not known. Also if the row is not there at all
     */
    public static void requireOne(int rows, ResourceName resource, FencingToken token)
            throws StaleTokenException {
        Check.argument(rows <= 1, "the statement has changed more than one row: " + rows);
        if (rows == 0) {
            throw new StaleTokenException(resource, token, FencingToken.NONE);
        }
    }

    private boolean raise(Connection connection, ResourceName resource, FencingToken token)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE "
                                + table
                                + " SET fence_token = ? WHERE resource = ? AND fence_token <= ?")) {
            update.setLong(1, token.value());
            update.setString(2, resource.value());
            update.setLong(3, token.value());
            return update.executeUpdate() == 1;
        }
    }

    /**
     * False if there is one. Some databases give a transaction up after an error: hence the
     * savepoint.
     */
    private boolean insert(Connection connection, ResourceName resource, FencingToken token)
            throws SQLException {
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO " + table + " (resource, fence_token) VALUES (?, ?)")) {
            insert.setString(1, resource.value());
            insert.setLong(2, token.value());
            insert.executeUpdate();
            return true;
        } catch (SQLException e) {
            if (!isDuplicate(e)) {
                throw e;
            }
            connection.rollback(before);
            return false;
        }
    }

    private static boolean isDuplicate(SQLException failure) {
        String state = failure.getSQLState();
        return failure instanceof SQLIntegrityConstraintViolationException
                || state != null && state.startsWith(CONSTRAINT_VIOLATED);
    }

    private FencingToken mark(Connection connection, ResourceName resource) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT fence_token FROM " + table + " WHERE resource = ?")) {
            select.setString(1, resource.value());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? new FencingToken(row.getLong(1)) : FencingToken.NONE;
            }
        }
    }
}
