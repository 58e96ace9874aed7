package ondol.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * Every way in which kernels are written for GPUs and processors, on the fewest elements that take it: for devices that are a
 * thousand times slower than others, because they watch every access to memory.
 */
public record SmallContract(Backend backend) implements ContractGroup {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);

    /** One test for each. */
    public Stream<DynamicTest> tests() {
        Stream<DynamicTest> launches = Stream.of(maps(), reductions(), products(), rows())
                .flatMap(List::stream)
                .map(this::test);
        return Stream.concat(launches, rowsTogether());
    }

    /** Kernels along short rows, rows in registers, rows in local memory and rows of two blocks. */
    private Stream<DynamicTest> rowsTogether() {
        FusedRowsContract fused = () -> backend;
        return Stream.of(
                        Layout.contiguous(9, 20),
                        Layout.contiguous(2, 70),
                        Layout.contiguous(1, 1100),
                        Layout.contiguous(2, 4099))
                .map(fused::softmaxOfRows);
    }

    private static List<LaunchCase> maps() {
        Kernel.Map two = new Kernel.Map(Expr.fma(X, Y, X.abs().sqrt()), X.max(Y));
        Expr dropout = Expr.select(Expr.keep(0, 1), X.mul(2), Expr.constant(0f));
        List<LaunchCase> cases = new ArrayList<>();
        for (Layout layout : List.of(Layout.contiguous(3, 260), Layout.transposed(3, 101), Layout.sliced(5, 33))) {
            cases.add(new LaunchCase("Map, " + layout, two, layout.shape())
                    .tameInput(Type.F32, layout)
                    .tameInput(Type.F32, Layout.broadcast(0b01, layout.shape()))
                    .outputs(layout));
            cases.add(new LaunchCase("dropout, " + layout, new Kernel.Map(dropout), layout.shape())
                    .scalars(123, Expr.Keep.threshold(0.5))
                    .tameInput(Type.F32, layout)
                    .outputs(layout));
        }
        return cases;
    }

    /** Rows shorter and longer than the lanes, columns, both of two blocks, and a few rows of several blocks. */
    private static List<LaunchCase> reductions() {
        List<LaunchCase> cases = new ArrayList<>();
        for (ReduceOp op : List.of(ReduceOp.SUM, ReduceOp.ARGMAX)) {
            Kernel.Reduce kernel = new Kernel.Reduce(X, op);
            cases.add(reduced(kernel, 0b10, Layout.contiguous(9, 20)));
            cases.add(reduced(kernel, 0b10, Layout.contiguous(3, 200)));
            cases.add(reduced(kernel, 0b10, Layout.transposed(2, 4100)));
            cases.add(reduced(kernel, 0b01, Layout.contiguous(70, 33)));
            cases.add(reduced(kernel, 0b01, Layout.contiguous(4100, 3)));
            cases.add(reduced(kernel, 0b11, Layout.sliced(5, 70)));
        }
        return cases;
    }

    private static LaunchCase reduced(Kernel.Reduce kernel, long axes, Layout layout) {
        return new LaunchCase(kernel.op() + " along " + axes + ", " + layout, kernel, layout.shape())
                .reducing(axes)
                .tameInput(Type.F32, layout)
                .reducedOutput();
    }

    private static List<LaunchCase> products() {
        return List.of(
                product("small", null, Layout.contiguous(5, 7), Layout.contiguous(7, 3)),
                product("tiles", null, Layout.contiguous(70, 37), Layout.contiguous(37, 90)),
                product("turned round", null, Layout.transposed(66, 20), Layout.transposed(20, 65)),
                product("windows", X.add(Y), Layout.windows(65, 40), Layout.contiguous(40, 67)),
                product("batches", null, Layout.contiguous(2, 33, 40), Layout.contiguous(2, 40, 35)));
    }

    /** @param epilogue may add a row to every row */
    private static LaunchCase product(String name, @Nullable Expr epilogue, Layout a, Layout b) {
        long[] shape = a.shape().clone();
        shape[shape.length - 1] = b.shape()[shape.length - 1];
        LaunchCase launch = new LaunchCase("MatMul, " + name, new Kernel.MatMul(epilogue), shape)
                .tameInput(Type.F32, a)
                .tameInput(Type.F32, b);
        if (epilogue != null) {
            launch.tameInput(Type.F32, Layout.broadcast(0b01, shape));
        }
        return launch.output(Type.F32, Layout.contiguous(shape));
    }

    /** Gather, its adjoint with few rows and with many, sorts and scans of short and of long rows. */
    private static List<LaunchCase> rows() {
        List<LaunchCase> cases = new ArrayList<>();
        Kernel.ScatterAdd scatter = new Kernel.ScatterAdd(Type.F32);
        cases.add(new LaunchCase("Gather", new Kernel.Gather(Type.F32), 9, 40)
                .tameInput(Type.F32, Layout.transposed(9, 20))
                .indices(20, Layout.contiguous(9, 40))
                .output(Type.F32, Layout.contiguous(9, 40)));
        cases.add(new LaunchCase("ScatterAdd of few rows", scatter, 2, 300)
                .indices(50, Layout.contiguous(2, 300))
                .tameInput(Type.F32, Layout.contiguous(2, 300))
                .output(Type.F32, Layout.contiguous(2, 50)));
        cases.add(new LaunchCase("ScatterAdd of rows alike", scatter, 70, 20)
                .indices(7, Layout.broadcast(0b01, 70, 20))
                .tameInput(Type.F32, Layout.transposed(70, 20))
                .output(Type.F32, Layout.transposed(70, 7)));
        for (Layout layout : List.of(Layout.transposed(9, 30), Layout.contiguous(1500))) {
            cases.add(new LaunchCase("Sort, " + layout, new Kernel.Sort(Type.F32, false), layout.shape())
                    .tameInput(Type.F32, layout)
                    .output(Type.F32, layout)
                    .output(Type.I64, Layout.contiguous(layout.shape())));
        }
        for (Layout layout : List.of(Layout.contiguous(9, 30), Layout.contiguous(2, 600), Layout.contiguous(4100))) {
            Kernel.Scan scan = new Kernel.Scan(Type.F32, ReduceOp.SUM);
            cases.add(new LaunchCase("Scan, " + layout, scan, layout.shape())
                    .tameInput(Type.F32, layout)
                    .output(Type.F32, layout));
        }
        return cases;
    }
}
