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
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Gather, its adjoint, and Sort: what moves along the last axis. */
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
}
