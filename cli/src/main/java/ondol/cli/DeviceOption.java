package ondol.cli;

import ondol.Device;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The device of {@code --device}. */
final class DeviceOption {
    private DeviceOption() {}

    /**
     * A device, opened; null is the best there is.
     *
     * @throws ParameterException if there is none of that name
     */
    static Device open(@Nullable String name, CommandSpec spec) {
        try {
            Device chosen = name == null ? Device.best() : Device.of(name);
            chosen.info(); // opens it
            return chosen;
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
