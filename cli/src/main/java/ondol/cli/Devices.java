package ondol.cli;

import ondol.Device;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The device of {@code --device}. */
final class Devices {
    private Devices() {}

    /**
     * A device, opened.
     *
     * @throws ParameterException if there is none of that name
     */
    static Device open(String name, CommandSpec spec) {
        try {
            Device chosen = Device.of(name);
            chosen.info(); // opens it
            return chosen;
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
