package ondol.backend.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import ondol.backend.Backend;
import ondol.backend.BackendContract;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.ReferenceBackend;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulTuning;
import ondol.backend.c.Planner;
import ondol.backend.c.Source;
import ondol.kernel.Kernel;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** All kernels that the contract would have a GPU run, without one: the suite runs on the reference, and its launches are printed. */
final class ContractSources {
    private ContractSources() {}

    private static final class Suite extends BackendContract {
        private final Backend backend;

        Suite(Backend backend) {
            this.backend = backend;
        }

        @Override
        public boolean compiles() {
            return true;
        }

        @Override
        protected Backend open() {
            return backend;
        }
    }

    static Set<Source> collect() {
        Recorder recorder = new Recorder();
        Suite suite = new Suite(recorder);
        try {
            Method open = BackendContract.class.getDeclaredMethod("openBackend");
            open.setAccessible(true);
            open.invoke(suite);
            for (Class<?> type : types()) {
                for (Method factory : type.getDeclaredMethods()) {
                    if (factory.isAnnotationPresent(TestFactory.class)) {
                        factory.setAccessible(true);
                        ((Stream<?>) factory.invoke(suite)).forEach(test -> run((DynamicTest) test));
                    }
                }
            }
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(e);
        }
        return recorder.sources;
    }

    private static Set<Class<?>> types() {
        Set<Class<?>> types = new LinkedHashSet<>(List.of(BackendContract.class));
        types.addAll(List.of(BackendContract.class.getInterfaces()));
        return types;
    }

    private static void run(DynamicTest test) {
        try {
            test.getExecutable().execute();
        } catch (Throwable e) {
            throw new AssertionError(test.getDisplayName(), e);
        }
    }

    /**
     * The reference, which also prints every launch; of matrix products each text for one way to cut them up, and for one more of
     * those that GPUs choose from, in turn.
     */
    private static final class Recorder extends DelegatingBackend {
        private final List<Planner> planners = MatMulTuning.candidates(false).stream()
                .map(tiles -> Planner.ofGpuWithLargeGroups(_ -> tiles))
                .toList();
        final Set<Source> sources = new LinkedHashSet<>();
        private int turn;

        Recorder() {
            super(new ReferenceBackend());
        }

        @Override
        public synchronized void run(Launch launch) {
            if (launch.kernel() instanceof Kernel.MatMul) {
                int before = sources.size();
                print(planners.getFirst(), launch);
                if (sources.size() > before) {
                    print(planners.get(1 + turn++ % (planners.size() - 1)), launch);
                }
            } else {
                print(planners.getFirst(), launch);
            }
            super.run(launch);
        }

        @Override
        public synchronized void runRows(List<Launch> launches, long reducedAxes) {
            planners.getFirst().planRows(launches, reducedAxes, call -> sources.add(call.source()));
            super.runRows(launches, reducedAxes);
        }

        private void print(Planner planner, Launch launch) {
            planner.plan(launch, Workspace.of(right), call -> sources.add(call.source()));
        }
    }
}
