package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The directory that the log lives in, and no more of it than the log needs: what tests put in its
 * place can fail in every way that a disk can. Safe from any thread.
 */
public interface Disk {
    List<String> names() throws IOException;

    /** Of no bytes yet. There must be none of that name. */
    File create(String name) throws IOException;

    File open(String name) throws IOException;

    /** In place of whatever has the new name. */
    void rename(String from, String to) throws IOException;

    void delete(String name) throws IOException;

    /** When it returns, what was created, renamed and deleted stays so after a power cut. */
    void sync() throws IOException;

    /** The name as an operator would look for it. */
    String path(String name);

    /** Open for reading and writing. */
    interface File extends AutoCloseable {
        long size() throws IOException;

        /** May read fewer bytes than there is room for; −1 at the end. */
        int read(ByteBuffer into, long position) throws IOException;

        /** May write fewer bytes than there are. */
        int write(ByteBuffer from, long position) throws IOException;

        /** When it returns, what was written stays so after a power cut. */
        void sync() throws IOException;

        @Override
        void close() throws IOException;
    }
}
