package ondol.backend.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import ondol.DType;
import ondol.Device;
import ondol.Generator;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.ReferenceBackend;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.Planner;
import ondol.backend.c.Source;
import ondol.op.Normalization;

/** The kernels of operations as programs call them, each with a name: what a GPU's speed depends on. */
final class KernelKinds {
    private static final MatMulTiles TILES = new MatMulTiles(MatMulTiles.Kind.TILED, 8, 8, 8);

    private KernelKinds() {}

    /** The kernel of each: the last that its operation starts. */
    static Map<String, Source> all() {
        Recorder recorder = new Recorder();
        Device device = Device.of("kernel-kinds", recorder);
        Map<String, Source> kinds = new LinkedHashMap<>();
        try (var scope = Scope.open()) {
            Tensor x = Tensor.ones(Shape.of(64, 128), DType.FLOAT32, device);
            Tensor rows = Tensor.ones(Shape.of(4, 1000), DType.FLOAT32, device);
            Tensor ones = Tensor.ones(Shape.of(1000), DType.FLOAT32, device);
            Tensor blocks = Tensor.ones(Shape.of(2, 100_000), DType.FLOAT32, device);
            Map<String, UnaryOperator<Tensor>> operations = new LinkedHashMap<>();
            operations.put("relu", t -> x.relu());
            operations.put("copy", t -> x.clone());
            operations.put("add", t -> x.add(x.exp()));
            operations.put("exp", t -> x.exp());
            operations.put("dropout", t -> x.dropout(0.5, new Generator(1)));
            operations.put("transposed", t -> x.t().contiguous());
            operations.put("sum of blocks", t -> x.sum());
            operations.put("sum of rows", t -> rows.sum(1));
            operations.put("sum of short rows", t -> x.slice(1, 0, 10).sum(1));
            operations.put("sum of columns", t -> x.sum(0));
            operations.put("max of rows", t -> rows.amax(1));
            operations.put("argmax of rows", t -> rows.argmax(1));
            operations.put("softmax", t -> rows.softmax(1));
            operations.put("softmax of short rows", t -> x.slice(1, 0, 10).softmax(1));
            operations.put("softmax of long rows", t -> rows.reshape(1, 4000).softmax(1));
            operations.put("softmax of rows of several blocks", t -> blocks.softmax(1));
            operations.put(
                    "layer norm of rows of several blocks",
                    t -> Normalization.layerNorm(blocks, new long[] {100_000}, null, null, 1e-5));
            operations.put("logSoftmax", t -> rows.logSoftmax(1));
            operations.put("layer norm", t -> Normalization.layerNorm(rows, new long[] {1000}, ones, ones, 1e-5));
            operations.put("product", t -> x.matmul(x.t()));
            operations.put("product of rows", t -> x.matmul(x.reshape(128, 64)));
            operations.put("product, not even", t -> x.matmul(Tensor.ones(Shape.of(128, 65), DType.FLOAT32, device)));
            operations.forEach((name, operation) -> {
                recorder.sources.clear();
                var _ = operation.apply(x);
                kinds.put(name, recorder.sources.getLast());
            });
            recorder.sources.clear();
            var _ = rows.reshape(1, 4000).sort();
            recorder.sources.forEach(source -> kinds.put(source.name(), source));
        }
        return kinds;
    }

    /** The reference, which also prints every launch. */
    private static final class Recorder extends DelegatingBackend {
        private final Planner planner = Planner.ofGpuWithLargeGroups(_ -> TILES);
        final List<Source> sources = new ArrayList<>();

        Recorder() {
            super(new ReferenceBackend());
        }

        @Override
        public synchronized void run(Launch launch) {
            planner.plan(launch, Workspace.of(right), call -> sources.add(call.source()));
            super.run(launch);
        }

        @Override
        public synchronized void runRows(List<Launch> launches, long reducedAxes) {
            if (planner.planRows(launches, reducedAxes, call -> sources.add(call.source()))) {
                launches.forEach(right::run);
            } else {
                launches.forEach(this::run);
            }
        }
    }
}
