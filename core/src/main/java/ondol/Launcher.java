package ondol;

import java.lang.ref.Reference;
import java.util.List;
import ondol.backend.Backend;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.events.Events;
import ondol.kernel.Kernel;

/**
 * The one door to a backend: every kernel leaves core here, and nothing else calls {@link Backend#run}. It runs each
 * kernel at once.
 */
final class Launcher {
    private Launcher() {}

    /**
     * Runs a kernel on the outputs' device.
     *
     * @param holders the tensors behind the views: they stay reachable until the kernel has been handed over, so that
     *     no buffer is taken for unreachable while it is in use
     */
    static void run(
            Kernel kernel,
            long[] shape,
            long reducedAxes,
            View[] inputs,
            View[] outputs,
            long[] scalars,
            Tensor output,
            Object holders) {
        if (output.numel() != 0) {
            Backend backend = output.device().backend();
            Launch launch = new Launch(kernel, shape, reducedAxes, inputs, outputs, scalars);
            if (Events.recordsLaunches()) {
                Events.run(launch, backend, output.device().toString());
            } else {
                backend.run(launch);
            }
        }
        Reference.reachabilityFence(output);
        Reference.reachabilityFence(holders);
    }

    /**
     * Runs kernels of which each row is computed for itself, all on one device, one after the other ({@link Backend#runRows}).
     *
     * @param launches of outputs that are not empty
     */
    static void runRows(List<Launch> launches, long reducedAxes, Device device, Object holders) {
        Backend backend = device.backend();
        if (Events.recordsLaunches()) {
            for (Launch launch : launches) { // by themselves, which changes no result
                Events.run(launch, backend, device.toString());
            }
        } else if (!launches.isEmpty()) {
            backend.runRows(launches, reducedAxes);
        }
        Reference.reachabilityFence(holders);
    }
}
