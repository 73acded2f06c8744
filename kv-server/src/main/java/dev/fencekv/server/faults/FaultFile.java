package dev.fencekv.server.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of {@value #PROPERTY}, read again every {@value #POLL_MS} ms. One for the process. A
 * file that is not there is one without lines. Whoever rewrites it does so by a rename.
 *
 * <p>Safe from any thread.
 */
public final class FaultFile {
    public static final String PROPERTY = "fencekv.test.faults";

    private static final int POLL_MS = 20;
    private static final Logger LOG = LoggerFactory.getLogger(FaultFile.class);

    private final Path file;
    private List<String> lines = List.of();
    private volatile Faults now = Faults.NONE;

    private FaultFile(Path file) {
        this.file = file;
    }

    private static final class OfThisProcess {
        static final Optional<FaultFile> FILE = watch(System.getProperty(PROPERTY, ""));
    }

    /** Empty, as always outside tests, if the property is not set. */
    public static Optional<FaultFile> ofProperty() {
        return OfThisProcess.FILE;
    }

    private static Optional<FaultFile> watch(String path) {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        LOG.warn("THIS IS A TEST: links, clock and disk will fail as {} says", path);
        FaultFile file = new FaultFile(Path.of(path));
        file.read();
        Thread thread = new Thread(file::readForEver, "fencekv-test-faults");
        thread.setDaemon(true);
        thread.start();
        return Optional.of(file);
    }

    public Faults now() {
        return now;
    }

    private void readForEver() {
        try {
            while (true) {
                Thread.sleep(POLL_MS);
                read();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try {
            List<String> read = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (!read.equals(lines)) {
                lines = read;
                now = Faults.parse(read);
                LOG.warn("THIS IS A TEST: faults are now {}", read);
            }
        } catch (NoSuchFileException e) {
            lines = List.of();
            now = Faults.NONE;
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("THIS IS A TEST: {} cannot be understood: {}", file, e.getMessage());
        }
    }
}
