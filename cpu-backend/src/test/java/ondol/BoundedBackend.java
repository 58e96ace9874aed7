package ondol;

import ondol.backend.Backend;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.kernel.Kernel;

/** A device that refuses what would take long: an expanded view has more elements than anyone can wait for. */
final class BoundedBackend extends DelegatingBackend {
    private static final double MOST = 1 << 20;

    BoundedBackend(Backend right) {
        super(right);
    }

    @Override
    public void run(Launch launch) {
        double work = launch.size();
        for (View v : launch.inputs()) {
            work = Math.max(work, v.size());
        }
        if (launch.kernel() instanceof Kernel.MatMul product) {
            long[] a = launch.inputs()[0].shape();
            double inner = 1;
            for (int i = a.length - product.innerAxes(); i < a.length; i++) {
                inner *= a[i];
            }
            work = Math.max(work, launch.size() * inner);
        }
        if (work > MOST) {
            throw new OutOfDeviceMemoryException("a test's device takes at most " + MOST + " elements at once");
        }
        right.run(launch);
    }
}
