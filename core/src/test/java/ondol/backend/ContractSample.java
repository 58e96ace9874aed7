package ondol.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** A part of the contract, for the ways of a backend that it would not take by itself. */
public final class ContractSample {
    private ContractSample() {}

    /** Every so manieth test of the layouts and sizes of Map, Reduce, Gather, ScatterAdd, Scan and rows together, and of dropout. */
    public static Stream<DynamicContainer> of(Backend backend, int every) {
        MapContract map = () -> backend;
        PrimitiveContract primitives = () -> backend;
        ReduceContract reduce = () -> backend;
        RowsContract rows = () -> backend;
        FusedRowsContract fused = () -> backend;
        return Stream.of(
                sample("Map", every, map.mapLayouts(), map.mapSizes(), map.inPlace(), map.manyOperands()),
                sample("Keep", every, primitives.keep(), reduce.reduceKeep()),
                sample("Reduce", every, reduce.reduceSizes(), blocks(reduce), reduce.reduceLarge()),
                sample("Gather", every, rows.gather()),
                sample("ScatterAdd", every, rows.scatterAdd()),
                sample("rows together", every, fused.rowsTogether(), fused.rowsTogetherLayouts()),
                sample("long rows together", Math.ceilDiv(every, 4), fused.longRowsTogether()),
                sample("Sort", Math.ceilDiv(every, 3), rows.sort()),
                sample("Scan", every, rows.scanSizes(), rows.scanLayouts(), rows.scanLarge()));
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
        MatMulContract c = () -> backend;
        List<DynamicTest> tests = new ArrayList<>(matMul(backend, every, first));
        tests.addFirst(c.matMulWholeTiles().findFirst().orElseThrow());
        return DynamicContainer.dynamicContainer(name, tests);
    }

    private static List<DynamicTest> matMul(Backend backend, int every, int first) {
        MatMulContract c = () -> backend;
        WindowContract w = () -> backend;
        return some(
                every,
                first,
                c.matMulSizes(),
                c.matMulWholeTiles(),
                c.matMulSpecialValues(),
                c.matMulLayouts(),
                c.matMulBatches(),
                c.matMulEpilogues(),
                w.convolutionForward(),
                w.convolutionWeights(),
                w.convolutionTurnedRound(),
                w.matMulManyAxes());
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
