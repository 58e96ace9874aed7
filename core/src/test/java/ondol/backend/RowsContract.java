package ondol.backend;

import static ondol.backend.ContractGroup.shape;
import static ondol.backend.ContractGroup.sizes;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Gather, its adjoint, Sort and Scan: what moves along the last axis. */
interface RowsContract extends ContractGroup {
    /** Leading sizes, the source's last size, the number of indices. */
    private static Stream<long[]> selections() {
        return Stream.of(
                shape(1, 1),
                shape(5, 3),
                shape(3, 700),
                shape(0, 0),
                shape(4, 0),
                shape(4, 10, 10),
                shape(65, 33, 129),
                shape(0, 5, 5),
                shape(2, 3, 4, 5),
                shape(3, 1, 2, 9, 70),
                shape(70000, 20000));
    }

    private static long[] leading(long[] selection, int last) {
        long[] shape = Arrays.copyOf(selection, selection.length - 1);
        shape[shape.length - 1] = selection[selection.length - 2 + last];
        return shape;
    }

    /** Contiguous layouts, and two random ones. */
    private static Stream<Random> layouts() {
        return IntStream.range(0, 3).mapToObj(i -> i == 0 ? CONTIGUOUS : new Random(i));
    }

    /** Stands for no random layout. */
    Random CONTIGUOUS = new Random(0);

    private static Layout layout(Random random, boolean output, long... shape) {
        return random == CONTIGUOUS ? Layout.contiguous(shape) : Layout.random(random, output, shape);
    }

    @TestFactory
    default Stream<DynamicTest> gather() {
        Stream<DynamicTest> sizes = Arrays.stream(Type.values())
                .flatMap(type -> selections()
                        .map(s -> test(
                                "Gather " + type + " " + Arrays.toString(s),
                                () -> layouts().map(random -> {
                                    long[] source = leading(s, 0);
                                    long[] index = leading(s, 1);
                                    return new LaunchCase("Gather", new Kernel.Gather(type), index)
                                            .input(type, layout(random, false, source))
                                            .indices(source[source.length - 1], layout(random, false, index))
                                            .output(type, layout(random, true, index));
                                }))));
        // Whole rows of a table, as an embedding takes them: columns lead, and all share the indices.
        Stream<DynamicTest> rows = Stream.of(test(new LaunchCase("rows of a table", new Kernel.Gather(Type.F32), 33, 50)
                .input(Type.F32, Layout.transposed(33, 1000))
                .indices(1000, Layout.broadcast(0b01, 33, 50))
                .output(Type.F32, Layout.transposed(33, 50))));
        return Stream.concat(sizes, rows);
    }

    @TestFactory
    default Stream<DynamicTest> scatterAdd() {
        Stream<DynamicTest> sizes = Stream.of(Type.F32, Type.I64)
                .flatMap(type -> selections()
                        .map(s -> test(
                                "ScatterAdd " + type + " " + Arrays.toString(s),
                                () -> layouts().map(random -> {
                                    long[] target = leading(s, 0);
                                    long[] index = leading(s, 1);
                                    return new LaunchCase("ScatterAdd", new Kernel.ScatterAdd(type), index)
                                            .indices(target[target.length - 1], layout(random, false, index))
                                            .tameInput(type, layout(random, false, index))
                                            .output(type, layout(random, true, target));
                                }))));
        // Many to one place: only ascending order gives these bits.
        Stream<DynamicTest> collisions = Stream.of(1, 2, 7)
                .map(bound ->
                        test(new LaunchCase("ScatterAdd of 5000 to " + bound, new Kernel.ScatterAdd(Type.F32), 5000)
                                .indices(bound, Layout.contiguous(5000))
                                .tameInput(Type.F32, Layout.contiguous(5000))
                                .output(Type.F32, Layout.contiguous(bound))));
        Stream<DynamicTest> rows = Stream.of(
                test(new LaunchCase("rows of a table", new Kernel.ScatterAdd(Type.F32), 33, 500)
                        .indices(20, Layout.broadcast(0b01, 33, 500))
                        .tameInput(Type.F32, Layout.transposed(33, 500))
                        .output(Type.F32, Layout.transposed(33, 20))),
                test(new LaunchCase("special values", new Kernel.ScatterAdd(Type.F32), 900)
                        .indices(300, Layout.contiguous(900))
                        .input(Type.F32, Layout.contiguous(900))
                        .output(Type.F32, Layout.contiguous(300))));
        return Stream.of(sizes, collisions, rows).flatMap(s -> s);
    }

    @TestFactory
    default Stream<DynamicTest> sort() {
        return Arrays.stream(Type.values())
                .flatMap(type -> Stream.of(false, true)
                        .map(descending -> test("Sort " + type + (descending ? " descending" : " ascending"), () -> {
                            Kernel kernel = new Kernel.Sort(type, descending);
                            Stream<long[]> rows = LongStream.concat(LongStream.of(0), sizes(20000))
                                    .mapToObj(n -> shape(n));
                            Stream<long[]> more = Stream.of(
                                    shape(0, 3), shape(3, 0), shape(7, 50), shape(2, 3, 129), shape(3, 1, 2, 33, 2));
                            return Stream.concat(rows, more)
                                    .flatMap(shape -> layouts()
                                            .flatMap(random -> Stream.of(
                                                    sorted("many ties", kernel, type, shape, random, true),
                                                    sorted("all values", kernel, type, shape, random, false))));
                        })));
    }

    private static LaunchCase sorted(String name, Kernel kernel, Type type, long[] shape, Random random, boolean ties) {
        Layout in = layout(random, false, shape);
        LaunchCase launch = new LaunchCase(name, kernel, shape);
        if (ties) {
            long[] values = Values.special(type);
            List<Long> few =
                    Arrays.stream(values, 0, Math.min(4, values.length)).boxed().toList();
            Random choice = new Random(5);
            long[] bits = new long[Math.toIntExact(in.length())];
            Arrays.setAll(bits, i -> few.get(choice.nextInt(few.size())));
            launch.input(new LaunchCase.Operand(new LaunchCase.Data(type, bits), in));
        } else {
            launch.input(type, in);
        }
        return launch.output(type, layout(random, true, shape)).output(Type.I64, layout(random, true, shape));
    }

    /** SUM and PROD of F32 and of I64. */
    private static Stream<Kernel.Scan> scans() {
        return Stream.of(Type.F32, Type.I64)
                .flatMap(type -> Stream.of(ReduceOp.SUM, ReduceOp.PROD).map(op -> new Kernel.Scan(type, op)));
    }

    private static LaunchCase scanned(Kernel.Scan scan, Layout in, Layout out, boolean tame) {
        String name = "Scan " + scan.op() + " of " + scan.type() + " " + in;
        LaunchCase launch = new LaunchCase(name, scan, in.shape());
        if (!tame) {
            launch.input(scan.type(), in);
        } else if (scan.op() == ReduceOp.SUM || scan.type() == Type.I64) {
            launch.tameInput(scan.type(), in);
        } else {
            launch.nearOne(in);
        }
        return launch.output(scan.type(), out);
    }

    /** Rows around the edges of groups, of blocks, and of blocks of blocks, contiguous and in random layouts. */
    @TestFactory
    default Stream<DynamicTest> scanSizes() {
        long[] edges = {0, 33, 255, 256, 257, 2048, 2049, 8191, 8192, 20000, 70000};
        return scans().map(scan -> test(
                "Scan " + scan.op() + " of " + scan.type(),
                () -> sizes(edges)
                        .boxed()
                        .flatMap(n -> Stream.of(shape(n), shape(3, n)))
                        .flatMap(shape -> layouts()
                                .map(random -> scanned(
                                        scan, layout(random, false, shape), layout(random, true, shape), true)))));
    }

    /** Many short rows and few long ones, along every axis in memory, and every sort of layout on either side. */
    @TestFactory
    default Stream<DynamicTest> scanLayouts() {
        Stream<long[]> shapes = Stream.of(
                shape(1),
                shape(300),
                shape(0, 3),
                shape(3, 0),
                shape(2, 3, 300),
                shape(5, 4100),
                shape(40, 4100),
                shape(600, 70),
                shape(9, 70, 20),
                shape(1100, 90),
                shape(1, 9, 1),
                shape(2, 3, 1, 31, 2),
                shape(2, 1, 3, 2, 4, 1, 2, 40));
        return shapes.flatMap(shape -> Stream.concat(
                        Layout.inputs(shape).stream().map(in ->
                                new Layout[] {in, Layout.random(new Random(4), true, shape)}),
                        Layout.outputs(shape).stream().map(out -> new Layout[] {Layout.contiguous(shape), out}))
                .map(both -> test(
                        both[0] + " to " + both[1],
                        () -> scans().filter(scan -> scan.op() == ReduceOp.SUM || both[0].size() < 20000)
                                .map(scan -> scanned(scan, both[0], both[1], true)))));
    }

    /** Columns of a matrix, some of them and many, in more than one block, and blocks of blocks in rows. */
    @TestFactory
    default Stream<DynamicTest> scanLarge() {
        Stream<DynamicTest> columns = Stream.of(shape(20, 9000), shape(2000, 129), shape(1030, 2050), shape(1030, 4100))
                .map(shape -> test(
                        "columns of " + Arrays.toString(shape),
                        scans().filter(scan ->
                                        scan.op() == ReduceOp.SUM && (scan.type() == Type.F32) != (shape[1] == 2050))
                                .map(scan -> scanned(scan, Layout.transposed(shape), Layout.transposed(shape), true))
                                .toList()));
        // Six levels of groups; and more totals than there are integers in a block of any backend.
        Stream<DynamicTest> rows = Stream.of(
                test(scanned(
                        new Kernel.Scan(Type.F32, ReduceOp.SUM),
                        Layout.contiguous(1_100_000),
                        Layout.contiguous(1_100_000),
                        true)),
                test(scanned(
                        new Kernel.Scan(Type.I64, ReduceOp.SUM),
                        Layout.broadcast(0b1, 4_200_000),
                        Layout.contiguous(4_200_000),
                        true)));
        return Stream.concat(columns, rows);
    }

    /** Whatever comes in a row, what is before it does not notice; no sum is -0. */
    @TestFactory
    default Stream<DynamicTest> scanSpecialValues() {
        return scans().map(scan -> test("Scan " + scan.op() + " of " + scan.type(), () -> {
            long[] special = Values.special(scan.type());
            int n = special.length;
            long[] pairs = IntStream.range(0, 2 * n * n)
                    .mapToLong(i -> special[i % 2 == 0 ? i / 2 % n : i / 2 / n])
                    .toArray();
            LaunchCase ofPairs = new LaunchCase("pairs", scan, (long) n * n, 2)
                    .input(scan.type(), pairs, (long) n * n, 2)
                    .output(scan.type(), Layout.contiguous((long) n * n, 2));
            return Stream.concat(
                    Stream.of(ofPairs),
                    Stream.of(shape(3000, 5), shape(50, 40), shape(9, 300), shape(2, 4200))
                            .flatMap(shape -> Stream.of(Layout.contiguous(shape), Layout.transposed(shape))
                                    .map(layout -> scanned(scan, layout, layout, false))));
        }));
    }
}
