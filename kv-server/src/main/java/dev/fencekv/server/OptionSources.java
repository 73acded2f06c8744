package dev.fencekv.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Where an option's value comes from if it is not on the command line: the environment, as {@code
 * FENCEKV_DATA_DIR}; then the properties file, as {@code data-dir}; then its default. A key that no
 * option has is an error: a typing mistake must not silently mean the default.
 */
final class OptionSources implements IDefaultValueProvider {
    private static final String ENV_PREFIX = "FENCEKV_";

    /** Variables that are not options: those of kvcli, and what the logging reads. */
    private static final Set<String> NOT_OPTIONS =
            Set.of("FENCEKV_ENDPOINTS", "FENCEKV_OUTPUT", "FENCEKV_TIMEOUT", "FENCEKV_LOG_LEVEL");

    private final Map<String, String> environment;
    private final Properties file;

    private OptionSources(Map<String, String> environment, Properties file) {
        this.environment = environment;
        this.file = file;
    }

    /** Reads the file that {@code --config} or FENCEKV_CONFIG names, if any. */
    static OptionSources read(String[] args, Map<String, String> environment) throws IOException {
        Properties file = new Properties();
        String path = configPath(args, environment);
        if (!path.isEmpty()) {
            try (Reader reader = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
                file.load(reader);
            } catch (FileSystemException e) {
                throw e;
            } catch (IOException | IllegalArgumentException e) {
                throw new IOException(path + ": " + e.getMessage(), e);
            }
        }
        return new OptionSources(environment, file);
    }

    private static String configPath(String[] args, Map<String, String> environment) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--config=")) {
                return args[i].substring("--config=".length());
            }
            if (args[i].equals("--config") && i + 1 < args.length) {
                return args[i + 1];
            }
        }
        return environment.getOrDefault(ENV_PREFIX + "CONFIG", "");
    }

    @Override
    public String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option)) {
            return arg.defaultValue();
        }
        String name = nameOf(option);
        String fromEnvironment = environment.get(environmentName(name));
        if (fromEnvironment != null) {
            return fromEnvironment;
        }
        String fromFile = file.getProperty(name);
        return fromFile != null ? fromFile.strip() : option.defaultValue();
    }

    /** Throws ParameterException if a key of the file or the environment is not an option's. */
    void checkAllKnown(CommandSpec spec) {
        Set<String> names = new TreeSet<>();
        for (OptionSpec option : spec.options()) {
            names.add(nameOf(option));
        }
        for (String key : new TreeSet<>(file.stringPropertyNames())) {
            if (!names.contains(key)) {
                throw new ParameterException(
                        spec.commandLine(), "the configuration file has an unknown key: " + key);
            }
        }
        Set<String> variables = new TreeSet<>(NOT_OPTIONS);
        for (String name : names) {
            variables.add(environmentName(name));
        }
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(ENV_PREFIX) && !variables.contains(variable)) {
                throw new ParameterException(
                        spec.commandLine(), "the environment has an unknown variable: " + variable);
            }
        }
    }

    private static String nameOf(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    private static String environmentName(String name) {
        return ENV_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
