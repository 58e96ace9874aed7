package ondol.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ondol devices}. */
@Command(
        name = "devices",
        description = "Lists what Ondol can compute on, and why not on other things.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DevicesCommand implements Callable<Integer> {
    private static final List<String> HEADINGS = List.of("DEVICE", "NAME", "MEMORY", "STRICT", "IN FORCE");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
        List<String> remarks = new ArrayList<>();
        Device.discover().forEach((backend, probe) -> {
            switch (probe) {
                case Probe.Available available -> {
                    for (int i = 0; i < available.devices().size(); i++) {
                        String name = backend.equals("cpu") ? backend : backend + ":" + i;
                        rows.add(open(name, available.devices().get(i), remarks));
                    }
                }
                case Probe.Unavailable unavailable -> remarks.add(backend + " is unavailable: " + unavailable.reason());
            }
        });
        if (rows.size() > 1) {
            TextTable.lines(rows).forEach(out::println);
            out.println();
            out.println("Ondol uses " + Device.best() + " unless it is told otherwise (Device.best()).");
        } else {
            out.println("There is no device that Ondol can compute on.");
        }
        remarks.forEach(out::println);
        return 0;
    }

    /** A device's row. It is opened: only then is it known what it computes. */
    private static List<String> open(String device, DeviceInfo listed, List<String> remarks) {
        try {
            DeviceInfo info = Device.of(device).info();
            if (!info.strict()) {
                remarks.add(device + " does not keep the strict contract: " + info.notStrictBecause());
            }
            return row(device, info, info.strict() ? "yes" : "no");
        } catch (IllegalArgumentException e) {
            throw e; // a setting that means nothing
        } catch (RuntimeException e) {
            remarks.add(device + " cannot be opened: " + e.getMessage());
            return row(device, listed, "?");
        }
    }

    private static List<String> row(String device, DeviceInfo info, String strict) {
        return List.of(device, info.name(), TextTable.bytes(info.memoryBytes()), strict, info.details());
    }
}
