package ondol.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** A part of the contract, for the ways of a backend that it would not take by itself. */
public final class ContractSample {
    private ContractSample() {}

    /** What samples are taken of. */
    private record All(Backend backend)
            implements PrimitiveContract,
                    MapContract,
                    ReduceContract,
                    MatMulContract,
                    WindowContract,
                    RowsContract,
                    FusedRowsContract {
        @Override
        public boolean compiles() {
            return true;
        }
    }

    /** Every so manieth test of the layouts and sizes of Map, Reduce, Gather, ScatterAdd, Scan and rows together, and of dropout. */
    public static Stream<DynamicContainer> of(Backend backend, int every) {
        All all = new All(backend);
        return Stream.of(
                sample("Map", every, all.mapLayouts(), all.mapSizes(), all.inPlace(), all.manyOperands()),
                sample("Keep", every, all.keep(), all.reduceKeep()),
                sample("Reduce", every, all.reduceSizes(), blocks(all), all.reduceLarge()),
                sample("Gather", every, all.gather()),
                sample("ScatterAdd", every, all.scatterAdd()),
                sample("rows together", every, all.rowsTogether(), all.rowsTogetherLayouts()),
                sample("long rows together", Math.ceilDiv(every, 4), all.longRowsTogether()),
                sample("Sort", Math.ceilDiv(every, 3), all.sort()),
                sample("Scan", every, all.scanSizes(), all.scanLayouts(), all.scanLarge()));
    }

    /** Rows and columns of two blocks: the other layouts are hundreds of kernels each. */
    private static Stream<DynamicTest> blocks(ReduceContract reduce) {
        return reduce.reduceLayouts().filter(test -> test.getDisplayName().contains("4097"));
    }

    /** The same of matrix products. */
    public static DynamicContainer ofMatMul(String name, Backend backend, int every) {
        return DynamicContainer.dynamicContainer(name, matMul(backend, every, 0));
    }

    /**
     * Whole tiles in every layout, which are written for tiles of one size, and every so manieth other test of matrix products.
     *
     * @param first which is the first of those: others for each size, so that together they are many
     */
    public static DynamicContainer ofTiles(String name, Backend backend, int every, int first) {
        All c = new All(backend);
        List<DynamicTest> tests = new ArrayList<>(matMul(backend, every, first));
        tests.addFirst(c.matMulWholeTiles().findFirst().orElseThrow());
        return DynamicContainer.dynamicContainer(name, tests);
    }

    private static List<DynamicTest> matMul(Backend backend, int every, int first) {
        All c = new All(backend);
        return some(
                every,
                first,
                c.matMulSizes(),
                c.matMulWholeTiles(),
                c.matMulSpecialValues(),
                c.matMulLayouts(),
                c.matMulBatches(),
                c.matMulEpilogues(),
                c.convolutionForward(),
                c.convolutionWeights(),
                c.convolutionTurnedRound(),
                c.matMulManyAxes());
    }

    @SafeVarargs
    private static DynamicContainer sample(String name, int every, Stream<DynamicTest>... tests) {
        return DynamicContainer.dynamicContainer(name, some(every, 0, tests));
    }

    @SafeVarargs
    private static List<DynamicTest> some(int every, int first, Stream<DynamicTest>... tests) {
        List<DynamicTest> all = Stream.of(tests).flatMap(t -> t).toList();
        List<DynamicTest> some = new ArrayList<>();
        for (int i = first; i < all.size(); i += every) {
            some.add(all.get(i));
        }
        return some;
    }
}
