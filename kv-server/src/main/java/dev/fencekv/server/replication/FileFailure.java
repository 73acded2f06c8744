package dev.fencekv.server.replication;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What went wrong with a file, for people: many of Java's exceptions say only with which. */
public final class FileFailure {
    private FileFailure() {}

    public static String of(Throwable e) {
        String said = e.getMessage() == null ? e.toString() : e.getMessage();
        if (!(e instanceof FileSystemException file) || file.getReason() != null) {
            return said;
        }
        return what(file) + ": " + said;
    }

    private static String what(FileSystemException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof NotDirectoryException || e instanceof FileAlreadyExistsException) {
            return "not a directory";
        }
        return e instanceof DirectoryNotEmptyException ? "directory not empty" : "failed";
    }
}
