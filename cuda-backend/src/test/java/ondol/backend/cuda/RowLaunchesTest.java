package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import ondol.DType;
import ondol.Device;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.ReferenceBackend;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.Planner;
import ondol.op.Attention;
import ondol.op.Normalization;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What goes along rows is one launch on a GPU, forward and back, for short rows and for long ones. Needs no GPU: nothing is run. */
class RowLaunchesTest {
    private static final Recorder RECORDER = new Recorder();
    private static final Device DEVICE = Device.of("row-launches", RECORDER);

    private static Map<String, UnaryOperator<Tensor>> operations() {
        Map<String, UnaryOperator<Tensor>> operations = new LinkedHashMap<>();
        operations.put("softmax", x -> x.softmax(1));
        operations.put("logSoftmax", x -> x.logSoftmax(1));
        operations.put("layerNorm", x -> Normalization.layerNorm(x, x.size(1)));
        operations.put("rmsNorm", x -> Normalization.rmsNorm(x, x.size(1)));
        return operations;
    }

    @TestFactory
    Stream<DynamicTest> oneLaunch() {
        return operations().entrySet().stream()
                .flatMap(entry -> Stream.of(10L, 1000L, 4096L, 4097L, 5000L, 100_000L)
                        .map(n -> DynamicTest.dynamicTest(entry.getKey() + " of rows of " + n, () -> {
                            try (var scope = Scope.open()) {
                                Tensor x = Tensor.empty(Shape.of(3, n), DType.FLOAT32, DEVICE)
                                        .requiresGrad(true);
                                Tensor g = Tensor.empty(Shape.of(3, n), DType.FLOAT32, DEVICE);
                                RECORDER.names.clear();
                                Tensor y = entry.getValue().apply(x);
                                assertEquals(List.of("rows"), RECORDER.names, "forward");
                                RECORDER.names.clear();
                                y.backward(g);
                                assertEquals(List.of("rows"), RECORDER.names, "backward");
                            }
                        })));
    }

    /** Scores of 3 queries and 5000 keys. */
    @TestFactory
    Stream<DynamicTest> attention() {
        return Stream.of(DynamicTest.dynamicTest("attention", () -> {
            try (var scope = Scope.open()) {
                Tensor query = Tensor.empty(Shape.of(1, 3, 8), DType.FLOAT32, DEVICE);
                Tensor key = Tensor.empty(Shape.of(1, 5000, 8), DType.FLOAT32, DEVICE);
                RECORDER.names.clear();
                Attention.scaledDotProductAttention(query, key, key);
                RECORDER.names.removeIf(name -> name.startsWith("matmul"));
                assertEquals(List.of("rows"), RECORDER.names);
            }
        }));
    }

    /** Writes down what would be started, and starts nothing. */
    private static final class Recorder extends DelegatingBackend {
        private final Planner planner =
                Planner.ofGpuWithLargeGroups(_ -> new MatMulTiles(MatMulTiles.Kind.TILED, 8, 8, 8));
        final List<String> names = new ArrayList<>();

        Recorder() {
            super(new ReferenceBackend());
        }

        @Override
        public synchronized void run(Launch launch) {
            planner.plan(
                    launch, Workspace.of(right), call -> names.add(call.source().name()));
        }

        @Override
        public synchronized void runRows(List<Launch> launches, long reducedAxes) {
            if (!planner.planRows(
                    launches, reducedAxes, call -> names.add(call.source().name()))) {
                launches.forEach(this::run);
            }
        }
    }
}
